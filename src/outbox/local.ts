import { type AlertState, countIn, markAlerted, mayAlert, newAlertState } from '../core/policy.ts'
import type { AlertPolicy, Claim, Entry, Issue, Settlement } from '../core/types.ts'
import * as limits from './_limits.ts'

interface Local extends AlertState {
  issue: Issue
}

/** A channel as far as the decision goes. */
export interface LocalChannel {
  name: string
  /** Whether its `when` lets the issue through: what it does not take costs it no budget. */
  takes: (issue: Issue) => boolean
}

interface Budget {
  since: number
  sent: number
  overIssues: Set<string>
  overOccurrences: number
}

/**
 * The policy while the database is away: never one alert per occurrence, and whatever the user has set, an issue alerts
 * once in five minutes, because two hundred isolates do it each.
 */
export function unstoredPolicy(policy: AlertPolicy): AlertPolicy {
  return {
    ...policy,
    every: false,
    cooldownMs: Math.max(policy.cooldownMs, limits.UNSTORED_COOLDOWN_MS),
    perMinute: Math.min(policy.perMinute, limits.UNSTORED_PER_MINUTE),
  }
}

export interface LocalAlerts {
  /** What to send for these entries, and what could not be sent before. */
  decide(entries: readonly Entry[], now: number): Claim[]
  /** Takes note of what could not be sent: the next `decide` gives it again. */
  settle(claims: readonly Claim[], settlements: readonly Settlement[]): void
}

/**
 * Decides on alerts in this isolate, by the same policy as the database: for a klaxon without a store, and for
 * records that the store did not take. Isolates know nothing of each other, so each keeps to the budget by itself.
 */
export function createLocalAlerts(
  policy: AlertPolicy,
  channels: readonly LocalChannel[],
): LocalAlerts {
  const issues = new Map<string, Local>()
  const budgets = channels.map(() => newBudget(0))
  /** Claims that could not be sent. */
  let unsent: Claim[] = []
  /** When a claim was made first, Unix ms. */
  const madeAt = new WeakMap<Claim, number>()
  let sequence = 0

  /** What is still news, as far as the budget goes; the rest is told by the digest. */
  function takeUnsent(now: number): Claim[] {
    const due = unsent.filter((claim) => now - (madeAt.get(claim) ?? now) < limits.UNSENT_MS)
    unsent = []
    return due.filter(({ channel, issue }) => {
      const nth = channels.findIndex(({ name }) => name === channel)
      return issue === null || spend(budgets[nth]!, issue, 1)
    })
  }

  function remember({ occurrence: o, count }: Entry): Local {
    const known = issues.get(o.fingerprint)
    const local = known ?? { ...newAlertState(), issue: newIssue(o) }
    issues.delete(o.fingerprint)
    issues.set(o.fingerprint, local)
    if (issues.size > limits.MAX_ISSUES) issues.delete(issues.keys().next().value!)
    countIn(local, count, o.occurredAt, policy)
    const { issue } = local
    Object.assign(issue, {
      count: local.count,
      lastSeen: o.occurredAt,
      lastRelease: o.release,
      lastOccurrenceId: o.id,
    })
    return local
  }

  function claimFor(channel: LocalChannel, claim: Omit<Claim, 'id' | 'channel'>): Claim {
    return { id: `local-${++sequence}`, channel: channel.name, ...claim }
  }

  /** The digest of a minute that went over the channel's budget, at the first chance after it. */
  function digest(channel: LocalChannel, nth: number, now: number): Claim[] {
    const { since, overIssues, overOccurrences } = budgets[nth]!
    if (now - since < limits.MINUTE_MS) return []
    budgets[nth] = newBudget(now)
    if (overIssues.size === 0) return []
    const counts = { issues: overIssues.size, occurrences: overOccurrences, since }
    return [claimFor(channel, { reason: null, issue: null, occurrence: null, digest: counts })]
  }

  /** Whether the channel has budget left; what it has not is counted for its digest. */
  function spend(budget: Budget, issue: Issue, added: number): boolean {
    if (budget.sent < policy.perMinute) return ++budget.sent > 0
    if (budget.overIssues.size < limits.MAX_ISSUES) budget.overIssues.add(issue.fingerprint)
    budget.overOccurrences += added
    return false
  }

  function decide(entries: readonly Entry[], now: number): Claim[] {
    const digests = channels.flatMap((channel, nth) => digest(channel, nth, now))
    const claims = oneDigestEach([...takeUnsent(now), ...digests])
    for (const entry of entries) {
      const local = remember(entry)
      if (policy.every) local.due = 'every'
      else if (!mayAlert(local, now, policy)) continue
      const { due: reason } = local
      const added = local.count - local.alertedCount
      markAlerted(local, now)
      const issue = { ...local.issue }
      channels.forEach((channel, nth) => {
        if (!channel.takes(issue) || !spend(budgets[nth]!, issue, added)) return
        claims.push(
          claimFor(channel, { reason, issue, occurrence: entry.occurrence, digest: null }),
        )
      })
    }
    for (const claim of claims) if (!madeAt.has(claim)) madeAt.set(claim, now)
    return claims
  }

  return {
    decide,
    settle(claims, settlements) {
      const failed = new Set(settlements.flatMap((s) => (s.outcome === 'failed' ? [s.id] : [])))
      unsent.push(...claims.filter(({ id }) => failed.has(id)))
      unsent.splice(limits.MAX_UNSENT)
    },
  }
}

/** A channel that was away for long is told in one digest what it missed. */
function oneDigestEach(claims: readonly Claim[]): Claim[] {
  const first = new Map<string, Claim>()
  return claims.filter((claim) => {
    const { channel, digest } = claim
    if (digest === null) return true
    const before = first.get(channel)?.digest
    if (!before) return first.set(channel, claim)
    before.issues += digest.issues
    before.occurrences += digest.occurrences
    return false
  })
}

function newBudget(since: number): Budget {
  return { since, sent: 0, overIssues: new Set(), overOccurrences: 0 }
}

function newIssue(o: Entry['occurrence']): Issue {
  return {
    fingerprint: o.fingerprint,
    title: o.title,
    kind: o.kind,
    status: o.status,
    method: o.method,
    route: o.route,
    firstSeen: o.occurredAt,
    lastSeen: o.occurredAt,
    count: 0,
    firstRelease: o.release,
    lastRelease: o.release,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    lastOccurrenceId: o.id,
  }
}
