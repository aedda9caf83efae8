import { listens, markAlerted, mayAlert } from '../core/policy.ts'
import type { AlertReason, Claim, Occurrence, Settlement, WriteBatch } from '../core/types.ts'
import { groupBy } from './_group.ts'
import { LEASE_MS, LEASES, MINUTE_MS, OVERFLOW, SENT_MS, UNSENT_MS } from './_limits.ts'
import { type Counted, type IssueRecord, view } from './_memory-records.ts'

/** A row of klaxon_alerts. */
interface AlertRecord {
  id: string
  channel: string
  reason: AlertReason
  fingerprint: string
  occurrenceId: string | null
  createdAt: number
  sinceCount: number
  overBudget: boolean
  leaseOwner: string | null
  leaseUntil: number
  sentAt: number | null
}

/** klaxon_alerts and klaxon_channels; the rules are those of `_write-sql.ts` and `_claim-sql.ts`. */
export function createMemoryAlerts(issues: ReadonlyMap<string, IssueRecord>) {
  let alerts: AlertRecord[] = []
  /** channel → Unix ms until which it is left alone */
  const paused = new Map<string, number>()
  let made = 0

  function add(
    now: number,
    channel: string,
    reason: AlertReason,
    issue: IssueRecord,
    occurrenceId: string | null,
    overBudget: boolean,
  ): void {
    alerts.push({
      id: reason === 'every' ? `${occurrenceId}:${channel}` : `memory:${++made}`,
      channel,
      reason,
      fingerprint: issue.fingerprint,
      occurrenceId,
      createdAt: now,
      sinceCount: issue.alertedCount,
      overBudget,
      leaseOwner: null,
      leaseUntil: 0,
      sentAt: null,
    })
  }

  function makeDue({ now, policy, channels }: WriteBatch, due: IssueRecord[]): void {
    for (const channel of channels) {
      const used = alerts.filter(
        (alert) =>
          alert.channel === channel &&
          !alert.overBudget &&
          (alert.sentAt === null || alert.sentAt > now - MINUTE_MS),
      )
      for (const [nth, issue] of due.entries()) {
        add(
          now,
          channel,
          issue.due!,
          issue,
          issue.lastOccurrenceId,
          used.length + nth + 1 > policy.perMinute,
        )
      }
    }
  }

  /** What the caller may be given, by channel. */
  function waiting({ now, channels }: WriteBatch, overBudget: boolean): Map<string, AlertRecord[]> {
    const open = alerts.filter((alert) => {
      const issue = issues.get(alert.fingerprint)
      return (
        alert.overBudget === overBudget &&
        alert.sentAt === null &&
        channels.includes(alert.channel) &&
        (paused.get(alert.channel) ?? 0) <= now &&
        issue !== undefined &&
        listens(issue, now)
      )
    })
    return groupBy(open, ({ channel }) => channel)
  }

  const lease = ({ attempt, now }: WriteBatch, leased: AlertRecord[]): void => {
    for (const alert of leased)
      Object.assign(alert, { leaseOwner: attempt, leaseUntil: now + LEASE_MS })
  }

  return {
    make(batch: WriteBatch, counted: readonly Counted[]): void {
      const { now, policy, channels, entries } = batch
      if (policy.every) {
        for (const { entry, issue } of counted) {
          if (!listens(issue, now)) continue
          for (const channel of channels)
            add(now, channel, 'every', issue, entry.occurrence.id, false)
        }
      }
      const seen = new Set([...entries.map(({ occurrence }) => occurrence.fingerprint), OVERFLOW])
      if (entries.length === 0) return
      const due = [...seen]
        .flatMap((fingerprint) => issues.get(fingerprint) ?? [])
        .filter((issue) => mayAlert(issue, now, policy))
        .toSorted((a, b) => a.firstSeen - b.firstSeen || (a.fingerprint < b.fingerprint ? -1 : 1))
      if (!policy.every) makeDue(batch, due)
      for (const issue of due) markAlerted(issue, now)
    },

    claim(batch: WriteBatch, find: (id: string | null) => Occurrence | null): Claim[] {
      const { attempt, now } = batch
      const claims: (Claim & { at: number })[] = []
      for (const [channel, open] of waiting(batch, false)) {
        const leased = open
          .filter(({ leaseUntil }) => leaseUntil <= now)
          .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
          .slice(0, LEASES)
        lease(batch, leased)
        for (const { id, reason, fingerprint, occurrenceId, createdAt } of leased) {
          const issue = view(issues.get(fingerprint)!)
          claims.push({
            id,
            channel,
            reason,
            issue,
            occurrence: find(occurrenceId),
            digest: null,
            at: createdAt,
          })
        }
      }
      const single = claims.toSorted((a, b) => a.at - b.at).map(({ at: _at, ...claim }) => claim)
      const digests: Claim[] = []
      for (const [channel, open] of waiting(batch, true)) {
        const since = Math.min(...open.map(({ createdAt }) => createdAt))
        if (since > now - MINUTE_MS || open.some(({ leaseUntil }) => leaseUntil > now)) continue
        lease(batch, open)
        const groups = groupBy(open, ({ fingerprint }) => fingerprint)
        const occurrences = [...groups].map(([fingerprint, group]) =>
          Math.max(
            0,
            issues.get(fingerprint)!.count - Math.min(...group.map(({ sinceCount }) => sinceCount)),
          ),
        )
        const digest = {
          issues: groups.size,
          occurrences: occurrences.reduce((sum, n) => sum + n, 0),
          since,
        }
        digests.push({
          id: `digest:${attempt}`,
          channel,
          reason: null,
          issue: null,
          occurrence: null,
          digest,
        })
      }
      return [...single, ...digests]
    },

    settle(settlements: readonly Settlement[], now: number): void {
      for (const { id, channel, outcome, pausedUntil } of settlements) {
        if (pausedUntil !== undefined)
          paused.set(channel, Math.max(paused.get(channel) ?? 0, pausedUntil))
        const settled = alerts.filter(
          (alert) =>
            alert.channel === channel &&
            alert.sentAt === null &&
            (alert.overBudget ? `digest:${alert.leaseOwner}` : alert.id) === id,
        )
        for (const alert of settled) {
          alert.leaseUntil = 0
          if (outcome === 'sent') alert.sentAt = now
        }
        if (outcome === 'dropped') alerts = alerts.filter((alert) => !settled.includes(alert))
      }
    },

    prune(now: number): void {
      alerts = alerts.filter(({ sentAt, createdAt }) =>
        sentAt === null ? createdAt >= now - UNSENT_MS : sentAt >= now - SENT_MS,
      )
    },

    forget(fingerprint: string): void {
      alerts = alerts.filter((alert) => alert.fingerprint !== fingerprint || alert.sentAt !== null)
    },
  }
}
