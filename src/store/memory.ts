import type { Issue, Occurrence, Store } from '../core/types.ts'
import { createMemoryAlerts } from './_memory-alerts.ts'
import { createMemoryRecords } from './_memory-records.ts'

/**
 * A store in this process's memory, for tests and first steps: it behaves like the database in everything but that it
 * is gone with the process and knows no other isolate.
 */
export function memory(): Store {
  const records = createMemoryRecords()
  const alerts = createMemoryAlerts(records.issues)
  /** By fingerprint, then by channel. */
  const memos = new Map<string, Map<string, string>>()

  return {
    name: 'memory',
    async write(batch) {
      const entries = records.add(batch)
      if (batch.channels.length === 0) return { claims: [] }
      alerts.make(batch, entries)
      return { claims: alerts.claim(batch, records.find) }
    },
    async settle(settlements, now) {
      alerts.settle(settlements, now)
    },
    async prune(retention, now) {
      alerts.prune(now)
      const pruned = records.prune(retention, now)
      for (const fingerprint of memos.keys())
        if (!records.issues.has(fingerprint)) memos.delete(fingerprint)
      return { ...pruned, more: false }
    },
    async setIssue(fingerprint, change, now) {
      const { state, mutedUntil } = change
      if ((state ?? 'open') !== 'open' || (mutedUntil ?? 0) > now) alerts.forget(fingerprint)
      const issue = records.issues.get(fingerprint)
      if (issue === undefined) return false
      if (state !== undefined) {
        issue.state = state
        issue.resolvedAt = state === 'resolved' ? now : null
        if (state !== 'open') issue.due = null
      }
      if (mutedUntil !== undefined) issue.mutedUntil = mutedUntil
      return true
    },
    async recall(channel, fingerprint) {
      return memos.get(fingerprint)?.get(channel) ?? null
    },
    async remember(channel, fingerprint, value) {
      if (!memos.has(fingerprint)) memos.set(fingerprint, new Map())
      memos.get(fingerprint)!.set(channel, value)
    },
    async issues({ state, limit = 50 } = {}) {
      const all = [...records.issues.values()].filter(
        (issue) => (state ?? issue.state) === issue.state,
      )
      const newest = all.toSorted(
        (a, b) => b.lastSeen - a.lastSeen || compare(b.fingerprint, a.fingerprint),
      )
      return newest.slice(0, limit).map(records.view) satisfies Issue[]
    },
    async occurrences({ fingerprint, id, limit = 50 } = {}) {
      const all = records
        .rows()
        .filter(
          (row) =>
            (fingerprint ?? row.fingerprint) === row.fingerprint && (id ?? row.id) === row.id,
        )
      const newest = all.toSorted((a, b) => b.occurredAt - a.occurredAt || compare(b.id, a.id))
      return newest.slice(0, limit).map((row) => structuredClone(row)) satisfies Occurrence[]
    },
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
