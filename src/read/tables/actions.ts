import type { Issue } from '../../model/issue.ts'
import type { Store } from '../../model/store.ts'
import type { ChangedInMemory } from '../../store/memory/_changes.ts'
import { uuidv7 } from '../../util/uuid.ts'
import { CHANGES, type Change, commentText, type MuteUntil } from '../changes.ts'
import { MAX_CHANGED_ISSUES } from '../limits.ts'
import { parseQuery } from '../query/parse.ts'
import { badQuery } from '../query/words.ts'
import { who } from '../sql/actions.ts'
import { onlyMatch } from '../sql/targets.ts'
import type { ActionOptions, ActionResult, Actions, Target } from '../types.ts'
import { matching } from './list.ts'
import { matchesOf } from './pages.ts'
import { notesOf, snapshot, type Snapshot } from './snapshot.ts'

/** The columns of an issue that actions set. */
type State = Pick<Issue, 'state' | 'resolvedAt' | 'mutedUntil' | 'mutedUntilCount' | 'resolvedIn'>

const stateOf = (issue: Issue): State => ({
  state: issue.state,
  resolvedAt: issue.resolvedAt,
  mutedUntil: issue.mutedUntil,
  mutedUntilCount: issue.mutedUntilCount,
  resolvedIn: issue.resolvedIn,
})

/**
 * The reason why a change does not apply to an issue; null when it applies. The rules are those of
 * `../sql/actions.ts`.
 */
function refusedBecause(change: Change, issue: Issue, all: Snapshot): string | null {
  const already = (is: boolean, state: string): string | null =>
    is ? `it is ${state} already` : null
  switch (change.name) {
    case 'resolve':
      return already(issue.state === 'resolved' && issue.resolvedIn === null, 'resolved')
    case 'resolveInNextRelease':
      return releasesOf(all, issue).length > 0
        ? null
        : 'no release of its service is known: set the option release'
    case 'reopen':
      return already(issue.state === 'open', 'open')
    case 'ignore':
      return already(issue.state === 'ignored', 'ignored')
    case 'mute':
      if (issue.state !== 'open') return 'only an open issue can be muted'
      return !('forMs' in change.until) && countOf(change.until, issue) <= issue.count
        ? 'it has occurred as often already'
        : null
    case 'unmute':
      return already(issue.mutedUntil === null && issue.mutedUntilCount === null, 'not muted')
    case 'comment':
      return null
  }
}

function changeOf(change: Change, issue: Issue, all: Snapshot): Partial<State> {
  switch (change.name) {
    case 'resolve':
      return { state: 'resolved', resolvedIn: null }
    case 'resolveInNextRelease':
      return { state: 'resolved', resolvedIn: releasesOf(all, issue) }
    case 'reopen':
      return { state: 'open', resolvedIn: null }
    case 'ignore':
      return { state: 'ignored', resolvedIn: null }
    case 'mute':
      return 'forMs' in change.until
        ? { mutedUntil: all.now + change.until.forMs, mutedUntilCount: null }
        : { mutedUntil: null, mutedUntilCount: countOf(change.until, issue) }
    case 'unmute':
      return { mutedUntil: null, mutedUntilCount: null }
    case 'comment':
      return {}
  }
}

function releasesOf(all: Snapshot, { service }: Issue): string[] {
  return all.releases
    .filter((each) => each.service === (service ?? ''))
    .slice(0, 20)
    .map(({ release }) => release)
}

function countOf(until: Exclude<MuteUntil, { forMs: number }>, issue: Issue): number {
  return 'untilCount' in until ? until.untilCount : issue.count + until.forNext
}

export function tableActions(store: Store, now: () => number): Actions {
  async function change(
    target: Target,
    wanted: Change,
    options: ActionOptions = {},
  ): Promise<ActionResult> {
    const data = commentText(wanted, options.comment)
    const all = await snapshot(store, now())
    const id = uuidv7(all.now)
    const { found, missing, more } = targeted(all, target)
    const result: ActionResult = { id, changed: [], missing, skipped: [], more }
    for (const fingerprint of found) {
      const issue = all.issues.find((each) => each.fingerprint === fingerprint)!
      const why = refusedBecause(wanted, issue, all)
      if (why !== null) {
        result.skipped.push({ fingerprint, why })
        continue
      }
      const set = changeOf(wanted, issue, all)
      const comment = typeof data['comment'] === 'string' ? data['comment'] : null
      if (Object.keys(set).length > 0 || comment !== null)
        await store.setIssue(fingerprint, set, { now: all.now, who: who(options.who), comment })
      notesOf(store).events.push({
        id: `${id}:${fingerprint}`,
        fingerprint,
        at: all.now,
        what: CHANGES[wanted.name],
        channel: null,
        who: who(options.who),
        data: { ...data, before: stateOf(issue) },
      })
      result.changed.push(fingerprint)
    }
    return result
  }

  async function undo(id: string, options: { who?: string | null } = {}): Promise<ActionResult> {
    const all = await snapshot(store, now())
    const { events } = notesOf(store)
    const made = events.filter((event) => event.id.startsWith(`${id}:`) && event.what !== 'comment')
    const result: ActionResult = {
      id,
      changed: [],
      missing: made.length === 0 ? [id] : [],
      skipped: [],
      more: false,
    }
    for (const event of made) {
      const { fingerprint, what } = event
      const issue = all.issues.find((each) => each.fingerprint === fingerprint)
      const isLast = !events
        .slice(events.indexOf(event) + 1)
        .some((later) => later.fingerprint === fingerprint && later.what !== 'comment')
      if (issue === undefined || !isLast || !isStill(what, issue)) {
        const why = issue === undefined ? 'there is no such issue any more' : 'it was changed since'
        result.skipped.push({ fingerprint, why })
        continue
      }
      const before = event.data!['before'] as State
      const { resolvedAt } = before
      const by: ChangedInMemory = { now: all.now, who: who(options.who), undo: { resolvedAt } }
      await store.setIssue(fingerprint, before, by)
      events.push({
        id: `${id}/${fingerprint}`,
        fingerprint,
        at: all.now,
        what: 'undone',
        channel: null,
        who: who(options.who),
        data: { of: what, before },
      })
      result.changed.push(fingerprint)
    }
    return result
  }

  return {
    resolve: (target, options) => change(target, { name: 'resolve' }, options),
    resolveInNextRelease: (target, options) =>
      change(target, { name: 'resolveInNextRelease' }, options),
    reopen: (target, options) => change(target, { name: 'reopen' }, options),
    ignore: (target, options) => change(target, { name: 'ignore' }, options),
    mute: (target, until, options) => change(target, { name: 'mute', until }, options),
    unmute: (target, options) => change(target, { name: 'unmute' }, options),
    comment: (target, text, options) =>
      change(target, { name: 'comment' }, { ...options, comment: text }),
    undo,
    forgetUser: () =>
      Promise.reject(badQuery(`forget: the store ${store.name} keeps nothing that outlives it`)),
  }
}

function isStill(what: string, issue: Issue): boolean {
  const muted = issue.mutedUntil ?? issue.mutedUntilCount
  if (what === 'muted') return muted !== null
  if (what === 'unmuted') return muted === null
  if (what === 'reopened') return issue.state === 'open'
  return issue.state === (what === 'ignored' ? 'ignored' : 'resolved')
}

function targeted(
  all: Snapshot,
  target: Target,
): { found: string[]; missing: string[]; more: boolean } {
  if (typeof target === 'object' && 'query' in target) {
    const found = matching(all, parseQuery(target.query), 'last', '24h')
    return {
      found: found.slice(0, MAX_CHANGED_ISSUES).map(({ fingerprint }) => fingerprint),
      missing: [],
      more: found.length > MAX_CHANGED_ISSUES,
    }
  }
  const refs = [...new Set(typeof target === 'string' ? [target] : target)]
  if (refs.length > MAX_CHANGED_ISSUES)
    throw badQuery(`at most ${MAX_CHANGED_ISSUES} issues at once`)
  const found = new Set<string>()
  const missing: string[] = []
  for (const ref of refs) {
    const one = onlyMatch(ref, matchesOf(all, ref))
    if (one === null) missing.push(ref)
    else found.add(one)
  }
  return { found: [...found], missing, more: false }
}
