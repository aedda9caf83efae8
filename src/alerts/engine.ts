import type { Claim, Settlement } from '../model/alert.ts'
import {
  LEASE_MS,
  CLAIMS_PER_CHANNEL,
  MAX_SEND_TRIES,
  KEEP_SENT_MS,
  UNSENT_TO_DIGEST_MS,
} from '../model/limits.ts'
import type { Occurrence, QueuedOccurrence } from '../model/occurrence.ts'
import type { WriteBatch } from '../model/store.ts'
import { groupBy } from '../util/group-by.ts'
import {
  type AlertRecord,
  bySendingOrder,
  type ClaimDetails,
  toClaim,
  toDigest,
} from './engine-claims.ts'
import {
  isBelow,
  isClientCaused,
  type IssueRecord,
  isAudible,
  clientCausedBudget,
  markAlerted,
  mayAlert,
} from './policy.ts'
import { HOUR_MS, MINUTE_MS } from '../util/time-units.ts'

export type { AlertRecord, ClaimDetails } from './engine-claims.ts'

/** An occurrence that is counted for the first time, and its issue. */
export interface Counted {
  queued: QueuedOccurrence
  issue: IssueRecord
}

export interface EngineParts {
  issues: ReadonlyMap<string, IssueRecord>
  find: (id: string | null) => Occurrence | null
  /** The number of an issue's occurrences since a time, in Unix ms. */
  recent: (fingerprint: string, since: number) => number
  /** What a claim says beyond its alert and issue. @default nothing */
  details?: (alert: AlertRecord) => ClaimDetails
  /** Called for each alert that was sent. @default nothing happens */
  onSent?: (alert: AlertRecord, now: number) => void
  /** Whether the channel takes the issue. Other issues do not use its budget. */
  takes?: (channel: string, issue: IssueRecord) => boolean
  /** Whether an issue belongs to the batch's service and environment. @default every issue does */
  isOfService?: (issue: IssueRecord, batch: WriteBatch) => boolean
  /** The channel of the batch that replaced an unused channel. @default none did */
  replacementOf?: (channel: string, batch: WriteBatch) => string | null
  /** Alerts of one channel that one call claims. */
  perClaim?: number
  /** Alerts kept at maxAlerts. The oldest are dropped. */
  maxAlerts?: number
}

export type AlertEngine = ReturnType<typeof createAlertEngine>

/**
 * Makes, leases and settles alerts in this process, by the rules of the SQL in `store/sql/`. It
 * serves `memory()`, a klaxon without a store, and the time while the store is away.
 */
export function createAlertEngine(parts: EngineParts) {
  const { issues, recent, takes = () => true, isOfService = () => true } = parts
  const { perClaim = CLAIMS_PER_CHANNEL, maxAlerts = Infinity } = parts
  let alerts: AlertRecord[] = []
  /** Channel → Unix ms until which nothing is sent to it. */
  const paused = new Map<string, number>()
  let made = 0

  const isWaiting = (alert: AlertRecord): boolean => alert.sentAt === null

  function isOpen(alert: AlertRecord, now: number): boolean {
    const issue = issues.get(alert.fingerprint)
    if (issue === undefined || !isWaiting(alert)) return false
    return alert.reason === 'resolved' ? issue.state === 'resolved' : isAudible(issue, now)
  }

  function add(
    { now, attempt }: WriteBatch,
    issue: IssueRecord,
    fields: Pick<AlertRecord, 'channel' | 'reason' | 'occurrenceId' | 'overBudget'>,
  ): void {
    const { fingerprint, alertedCount: sinceCount } = issue
    const id =
      fields.reason === 'every'
        ? `${fields.occurrenceId}:${fields.channel}`
        : `${attempt}:${String(++made).padStart(9, '0')}`
    const open = { tries: 0, leaseOwner: null, leaseUntil: 0, sentAt: null }
    alerts.push({ id, fingerprint, createdAt: now, sinceCount, ...fields, ...open })
  }

  function makeEach(batch: WriteBatch, counted: readonly Counted[]): void {
    for (const { queued, issue } of counted) {
      if (queued.alerted === true || !isAudible(issue, batch.now)) continue
      for (const channel of batch.channels) {
        const occurrenceId = queued.occurrence.id
        add(batch, issue, { channel, reason: 'every', occurrenceId, overBudget: false })
      }
    }
  }

  function makeDue(batch: WriteBatch, due: IssueRecord[]): void {
    const { now, policy, channels, resolving = [] } = batch
    for (const channel of channels) {
      let used = alerts.filter(
        (alert) =>
          alert.channel === channel &&
          alert.reason !== 'resolved' &&
          !alert.overBudget &&
          (isWaiting(alert) || alert.sentAt! > now - MINUTE_MS),
      ).length
      for (const issue of due) {
        const isResolved = issue.due === 'resolved'
        if (isResolved ? !resolving.includes(channel) : !takes(channel, issue)) continue
        const budget = isClientCaused(issue) ? clientCausedBudget(policy) : policy.perMinute
        const overBudget = !isResolved && ++used > budget
        const { due: reason, lastOccurrenceId: occurrenceId } = issue
        add(batch, issue, { channel, reason: reason!, occurrenceId, overBudget })
      }
    }
  }

  /** Issues for which this batch may make alerts. */
  function candidates(batch: WriteBatch, counted: readonly Counted[]): Set<IssueRecord> {
    const found = new Set(counted.map(({ issue }) => issue))
    for (const { occurrence } of batch.occurrences) {
      const issue = issues.get(occurrence.fingerprint)
      if (issue !== undefined) found.add(issue)
    }
    if (batch.due !== true) return found
    for (const issue of issues.values()) if (isOfService(issue, batch)) found.add(issue)
    return found
  }

  function make(batch: WriteBatch, counted: readonly Counted[]): void {
    const { now, policy, channels } = batch
    if (channels.length === 0) return
    if (policy.every) makeEach(batch, counted)
    const all = [...candidates(batch, counted)]
    const may = all
      .filter((issue) => {
        const query = { policy, now, recent: () => recent(issue.fingerprint, now - HOUR_MS) }
        return policy.every ? issue.due === 'resolved' : mayAlert(issue, query)
      })
      .toSorted(
        (a, b) =>
          Number(isClientCaused(a)) - Number(isClientCaused(b)) ||
          a.firstSeen - b.firstSeen ||
          (a.fingerprint < b.fingerprint ? -1 : 1),
      )
    makeDue(batch, may)
    for (const issue of policy.every ? all.filter(({ due }) => due !== null) : may)
      markAlerted(issue, now)
    for (const issue of all) if (isBelow(issue, policy)) issue.due = null
    if (alerts.length > maxAlerts) alerts.splice(0, alerts.length - maxAlerts)
  }

  /**
   * Whether two senders have leased the alert and neither has settled it, so that it may be out
   * twice.
   */
  function isUnsettledTwice(
    { leaseOwner, tries, leaseUntil, overBudget }: AlertRecord,
    now: number,
  ) {
    return !overBudget && leaseOwner !== null && leaseUntil <= now && tries >= MAX_SEND_TRIES - 1
  }

  /** Moves alerts that have waited over 24 hours into the next digest. */
  function overdueToDigest(now: number): void {
    alerts = alerts.filter((alert) => !isWaiting(alert) || !isUnsettledTwice(alert, now))
    for (const alert of alerts) {
      const isOverdue = alert.createdAt < now - UNSENT_TO_DIGEST_MS && alert.leaseUntil <= now
      if (isWaiting(alert) && isOverdue && alert.reason !== 'resolved') alert.overBudget = true
    }
  }

  /**
   * Moves waiting alerts of a replaced channel to the channel of the same name that has a new
   * address.
   */
  function move(batch: WriteBatch): void {
    for (const alert of alerts) {
      const channel = isWaiting(alert) && parts.replacementOf?.(alert.channel, batch)
      if (channel) Object.assign(alert, { channel, leaseOwner: null, leaseUntil: 0 })
    }
  }

  function lease(batch: WriteBatch, leased: AlertRecord[]): void {
    const { attempt, now } = batch
    for (const alert of leased) {
      // Its sender has not settled it, so the message may be out: send it once more at most.
      if (alert.leaseOwner !== null && !alert.overBudget && !isFormer(alert, batch))
        alert.tries = Math.max(alert.tries, MAX_SEND_TRIES - 1)
      Object.assign(alert, { leaseOwner: attempt, leaseUntil: now + LEASE_MS })
    }
  }

  function waiting(batch: WriteBatch, overBudget: boolean): Map<string, AlertRecord[]> {
    const { now, channels } = batch
    const open = alerts.filter(
      (alert) =>
        alert.overBudget === overBudget &&
        channels.includes(alert.channel) &&
        (paused.get(alert.channel) ?? 0) <= now &&
        !isUnsettledTwice(alert, now) &&
        isOpen(alert, now),
    )
    return groupBy(open, ({ channel }) => channel)
  }

  function claimSingle(batch: WriteBatch): Claim[] {
    const leased: AlertRecord[] = []
    for (const open of waiting(batch, false).values()) {
      const due = open
        .filter((alert) => alert.leaseUntil <= batch.now || isFormer(alert, batch))
        .toSorted(bySendingOrder)
        .slice(0, perClaim)
      lease(batch, due)
      leased.push(...due)
    }
    return leased.toSorted(bySendingOrder).map((alert) => toClaim(alert, parts))
  }

  function claimDigests(batch: WriteBatch): Claim[] {
    const { now } = batch
    const digests: Claim[] = []
    for (const open of waiting(batch, true).values()) {
      const isYoung = open.every(({ createdAt }) => createdAt > now - MINUTE_MS)
      if (isYoung || open.some((alert) => alert.leaseUntil > now && !isFormer(alert, batch)))
        continue
      lease(batch, open)
      digests.push(toDigest(open, issues))
    }
    return digests
  }

  function settleOne(settlement: Settlement, now: number): void {
    const { id, attempt, channel, outcome, tries, retryMs = 0, pauseMs } = settlement
    if (pauseMs !== undefined)
      paused.set(channel, Math.max(paused.get(channel) ?? 0, now + pauseMs))
    const settled = alerts.filter(
      (alert) =>
        alert.channel === channel &&
        isWaiting(alert) &&
        (alert.overBudget ? `digest:${alert.leaseOwner}` === id : alert.id === id) &&
        (outcome === 'sent' || outcome === 'dropped' || alert.leaseOwner === attempt),
    )
    for (const alert of settled) {
      alert.leaseOwner = null
      alert.leaseUntil = outcome === 'failed' ? now + retryMs : 0
      alert.tries = tries ?? alert.tries
      if (outcome !== 'sent') continue
      alert.sentAt = now
      parts.onSent?.(alert, now)
    }
    if (outcome === 'dropped' || outcome === 'gave up')
      alerts = alerts.filter((alert) => !settled.includes(alert))
  }

  return {
    make,
    claim(batch: WriteBatch): Claim[] {
      if (batch.due === true) {
        overdueToDigest(batch.now)
        move(batch)
      }
      return [...claimSingle(batch), ...claimDigests(batch)]
    },
    settle(settlements: readonly Settlement[], now: number): void {
      for (const settlement of settlements) settleOne(settlement, now)
    },
    /** Deletes alerts that were sent over an hour ago, and alerts of deleted issues. */
    prune(now: number): void {
      alerts = alerts.filter(
        ({ sentAt, fingerprint }) =>
          issues.has(fingerprint) && (sentAt === null || sentAt >= now - KEEP_SENT_MS),
      )
    },
    /** Deletes the waiting alerts of an issue that must not alert any more. */
    withdraw(fingerprint: string): void {
      alerts = alerts.filter((alert) => alert.fingerprint !== fingerprint || !isWaiting(alert))
    },
  }
}

/** Whether a try with a lost reply has leased the alert, so that nobody has sent it. */
function isFormer({ leaseOwner }: AlertRecord, { former = [] }: WriteBatch): boolean {
  return leaseOwner !== null && former.includes(leaseOwner)
}
