import type { AlertPolicy, Claim, Settlement } from '../model/alert.ts'
import type { Issue } from '../model/issue.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import { uuidv7 } from '../util/uuid.ts'
import { type Counted, createAlertEngine } from './engine.ts'
import * as limits from './limits.ts'
import { countIn, type IssueRecord, newIssue, toIssue } from './policy.ts'

/** The part of a channel that decides on alerts. */
export interface LocalChannel {
  key: string
  /** Whether the channel's rule takes the issue. Other issues do not use its budget. */
  takes: (issue: Issue) => boolean
}

/**
 * The policy while the database is away. It never alerts per occurrence, and an issue alerts at
 * most once in five minutes, because each of two hundred isolates decides by itself.
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
  /** Claims the alerts of these occurrences, and those that could not be sent before. */
  decide(queued: readonly QueuedOccurrence[], now: number): Claim[]
  /** Records the outcomes of claims. The next `decide` claims failed alerts again. */
  settle(settlements: readonly Settlement[], now: number): void
  /**
   * Marks occurrences whose issue this isolate alerted within the cooldown, so that storing them
   * does not alert again.
   */
  mark(queued: readonly QueuedOccurrence[], now: number): void
}

/**
 * Decides on alerts in this isolate by the rules of the database. It serves a klaxon without a
 * store, and occurrences that the store did not take. Isolates do not know each other, so each has
 * the whole budget.
 */
export function createLocalAlerts(
  policy: AlertPolicy,
  channels: readonly LocalChannel[],
): LocalAlerts {
  const issues = new Map<string, IssueRecord>()
  const occurrences = new Map<string, QueuedOccurrence>()
  const keys = channels.map(({ key }) => key)
  const engine = createAlertEngine({
    issues,
    find: (id) => occurrences.get(id ?? '')?.occurrence ?? null,
    // There are no rows, so the count since the issue's first occurrence is all that is known.
    recent: (fingerprint, since) => {
      const { firstSeen, count } = issues.get(fingerprint)!
      return firstSeen < since ? 0 : count
    },
    takes: (channel, issue) => channels.find(({ key }) => key === channel)!.takes(toIssue(issue)),
    perClaim: Infinity,
    maxAlerts: limits.MAX_LOCAL_ALERTS,
  })

  function remember(queued: QueuedOccurrence, now: number): Counted {
    const { occurrence: o, count } = queued
    const issue = issues.get(o.fingerprint) ?? newIssue(o, now)
    issues.delete(o.fingerprint)
    issues.set(o.fingerprint, issue)
    if (issues.size > limits.MAX_LOCAL_ISSUES) issues.delete(issues.keys().next().value!)
    // Nobody resolves an issue here, so no occurrence opens one again.
    countIn(issue, { count, seen: [], alertedAt: null, now }, policy)
    issue.lastSeen = o.occurredAt
    issue.lastRelease = o.release
    issue.lastOccurrenceId = o.id
    occurrences.set(o.id, queued)
    return { queued, issue }
  }

  /** Deletes all but the last occurrence of each issue. Alerts show only that one. */
  function forgetOccurrences(): void {
    if (occurrences.size <= 2 * limits.MAX_LOCAL_ISSUES) return
    const last = new Set([...issues.values()].map(({ lastOccurrenceId }) => lastOccurrenceId))
    for (const id of occurrences.keys()) if (!last.has(id)) occurrences.delete(id)
  }

  return {
    decide(queued, now) {
      const counted = queued.map((each) => remember(each, now))
      const batch = {
        ...{ attempt: uuidv7(now), now, policy, channels: keys },
        ...{ occurrences: queued, due: true },
      }
      engine.make(batch, counted)
      const claims = engine.claim(batch)
      engine.prune(now)
      forgetOccurrences()
      return claims
    },
    settle: (settlements, now) => engine.settle(settlements, now),
    mark(queued, now) {
      for (const each of queued) {
        const alertedAt = issues.get(each.occurrence.fingerprint)?.alertedAt ?? -Infinity
        if (alertedAt > now - policy.cooldownMs) each.alerted = true
      }
    },
  }
}
