import type { Alert, Claim, EarlierEvent } from '../model/alert.ts'
import { channelName } from '../model/channel.ts'
import type { Issue } from '../model/issue.ts'
import { MAX_TITLE_LENGTH } from '../model/limits.ts'
import type { Occurrence } from '../model/occurrence.ts'
import { normalisePath } from '../util/normalise-path.ts'
import { personName } from '../util/person-name.ts'
import { cut } from '../util/safe-text.ts'

/** Members that all alerts of one dispatch share. */
export interface AlertFrame {
  stored: boolean
  timeZone: string
  /** Address of the dashboard. */
  dashboard?: string | undefined
  traceUrl?: ((occurrence: Occurrence) => string | null | undefined) | undefined
}

/** Makes the alert of a claim; null when its issue is gone. */
export function composeAlert(
  claim: Omit<Claim, 'id' | 'attempt' | 'channel' | 'tries'>,
  frame: AlertFrame,
): Alert | null {
  const { stored, timeZone, dashboard } = frame
  const base = dashboard?.replace(/\/+$/, '')
  if (claim.digest !== null) {
    const url = base === undefined ? null : `${base}/alerts`
    return { kind: 'digest', ...claim.digest, stored, timeZone, url }
  }
  const { issue, reason, occurrence } = claim
  if (issue === null || reason === null) return null
  return {
    kind: 'issue',
    reason,
    issue: { ...issue, title: titleOf(issue, claim.newest) },
    occurrence,
    count: issue.count,
    since: issue.firstSeen,
    added: claim.added,
    cause: causeOf(occurrence),
    context: occurrence?.context ?? null,
    changed: changeOf(claim, issue),
    places: placesOf(claim),
    history: lastOfEach(claim.history),
    traceUrl: occurrence === null ? null : traceOf(occurrence, frame),
    stored,
    timeZone,
    url: base === undefined ? null : `${base}/i/${encodeURIComponent(issue.fingerprint)}`,
  }
}

/** The title of an overflow issue lists its newest occurrences. */
function titleOf({ title }: Issue, newest: readonly string[]): string {
  if (newest.length === 0) return title
  return cut(`${title}: ${newest.join(' · ')}`, MAX_TITLE_LENGTH, '…')
}

function causeOf(occurrence: Occurrence | null): string | null {
  const cause = occurrence?.causes?.at(-1)
  if (cause === undefined) return null
  return cause.message === '' ? cause.name : `${cause.name}: ${cause.message}`
}

function changeOf(
  { reason, occurrence, added }: Pick<Claim, 'reason' | 'occurrence' | 'added'>,
  issue: Issue,
): string | null {
  const release = occurrence?.release ?? issue.lastRelease
  const inRelease = release === null ? '' : ` in ${release}`
  if (reason === 'new') return release === null ? null : `new${inRelease}`
  if (reason === 'regression') return `back${inRelease} after it was resolved`
  if (reason === 'milestone') return `${added} since the last alert`
  return null
}

/** Paths that differ by an id are one place. One place alone says no more than the path does. */
function placesOf({ places }: Pick<Claim, 'places'>): string[] {
  const names = places.map(({ method, route, path }) =>
    `${method} ${route ?? withoutIds(path ?? '')}`.trim(),
  )
  const distinct = [...new Set(names)]
  return distinct.length > 1 ? distinct : []
}

/** Only the path of a URL begins with a slash. An event has a cron line or a name instead. */
function withoutIds(path: string): string {
  return path.startsWith('/') ? normalisePath(path) : path
}

/** The newest event of each channel and of each action. A channel's key becomes its name. */
function lastOfEach(events: readonly EarlierEvent[]): EarlierEvent[] {
  const last = new Map<string, EarlierEvent>()
  for (const event of events) {
    const channel = event.channel && channelName(event.channel)
    const key = `${event.what} ${channel}`
    if (!last.has(key)) last.set(key, { ...event, channel, who: event.who && nameOf(event.who) })
  }
  return [...last.values()]
}

/** The name without the domain of an e-mail address, because many people read a channel. */
function nameOf(who: string): string {
  return personName(who).replace(/([^\s<])@[^\s<>]+/g, '$1')
}

function traceOf(occurrence: Occurrence, { traceUrl }: AlertFrame): string | null {
  if (traceUrl === undefined || occurrence.traceId === null) return null
  try {
    const url: unknown = traceUrl(occurrence)
    return typeof url === 'string' && /^https?:\/\//i.test(url) ? url : null
  } catch {
    // The alert matters more than its link.
    return null
  }
}
