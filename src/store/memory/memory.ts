import { createAlertEngine } from '../../alerts/engine.ts'
import { toIssue } from '../../alerts/policy.ts'
import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { MaintainClaim, Retention, Store } from '../../model/store.ts'
import { eventsOf } from '../events-of.ts'
import { type ChangedInMemory, changeIssue } from './_changes.ts'
import { createChannelsInUse } from './_channels-in-use.ts'
import { detailsOf } from './_details.ts'
import { createMemoryHistory } from './_history.ts'
import { isOfService } from './_is-of-service.ts'
import { createMemoryJobs } from './_jobs.ts'
import { createMemoryRecords } from './_occurrences.ts'
import { pruneRecords } from './_retention.ts'

/**
 * Makes a store in this process's memory, for tests and first steps. It behaves as a database does,
 * but ends with the process, and isolates do not share it.
 * @example
 * createKlaxon({ store: memory() })
 */
export function memory(): Store {
  const records = createMemoryRecords()
  const { issues, rows } = records
  const inUse = createChannelsInUse()
  const history = createMemoryHistory()
  const engine = createAlertEngine({
    issues,
    isOfService,
    replacementOf: (channel, batch) => inUse.replacementOf(channel, batch),
    find: (id) => structuredClone(rows.get(id ?? '')) ?? null,
    recent: (fingerprint, since) =>
      [...rows.values()].filter((o) => o.fingerprint === fingerprint && o.occurredAt > since)
        .length,
    details: (alert) => {
      const ofIssue = [...rows.values()].filter((o) => o.fingerprint === alert.fingerprint)
      const before = alert.reason === 'every' ? [] : history.before(alert)
      return { ...detailsOf(alert, newestFirst(ofIssue)), history: before }
    },
    onSent: (alert, now) => history.sent(alert, now),
  })
  const jobs = createMemoryJobs(issues)
  /** Texts of threads by fingerprint, then by channel. */
  const threads = new Map<string, Map<string, string>>()
  const retentions = new Map<string | null, Retention>()
  const turns = new Map<string | null, MaintainClaim>()
  /** Releases by service, newest last. */
  const releases = new Map<string | null, Set<string>>()

  return {
    name: 'memory',
    async write(batch) {
      const counted = records.add(batch)
      for (const { queued } of counted) {
        const { service, release } = queued.occurrence
        if (release !== null)
          releases.set(service, (releases.get(service) ?? new Set()).add(release))
      }
      if (batch.channels.length === 0) return { claims: [] }
      engine.make(batch, counted)
      if (batch.due === true) inUse.note(batch)
      const claims = engine.claim(batch)
      const isOther = batch.due === true && inUse.hasOtherPolicy(batch)
      return isOther ? { claims, otherPolicy: true } : { claims }
    },
    async settle(settlements, now) {
      engine.settle(settlements, now)
    },
    async prune(retention, now, service = null) {
      retentions.set(service, retention)
      const pruned = pruneRecords(records, retention, { now, service })
      engine.prune(now)
      history.prune(now, retention.historyMs)
      for (const fingerprint of threads.keys())
        if (!issues.has(fingerprint)) threads.delete(fingerprint)
      return { ...pruned, more: false }
    },
    async retentions() {
      return [...retentions].map(([service, retention]) => ({ service, retention }))
    },
    async claimMaintain(claim) {
      const turn = turns.get(claim.service)
      if (turn !== undefined && turn.owner !== claim.owner && turn.now + turn.ms > claim.now)
        return false
      turns.set(claim.service, claim)
      return true
    },
    async setIssue(fingerprints, change, by: ChangedInMemory) {
      const { now, undo } = by
      const events = undo === undefined ? eventsOf(change, by) : ['undone']
      const found = [fingerprints].flat().flatMap((each) => issues.get(each) ?? [])
      for (const issue of found) {
        const known = [...(releases.get(issue.service) ?? [])].slice(-20)
        changeIssue(issue, change, { now, ...undo, releases: known, engine })
        for (const what of events) history.acted(issue.fingerprint, what, by)
      }
      return found.length
    },
    async amend(id, stacks) {
      const row = rows.get(id)
      if (row !== undefined) Object.assign(row, structuredClone(stacks))
      return row !== undefined
    },
    async heartbeat(job) {
      const now = Date.now()
      jobs.beat(job, now)
      const issue = issues.get(job.fingerprint)
      if (issue?.state !== 'open') return
      changeIssue(issue, { state: 'resolved' }, { now, releases: [], engine })
      history.acted(issue.fingerprint, 'resolved', { now, who: 'klaxon' })
    },
    async missedRuns(all) {
      return jobs.missed(all, Date.now())
    },
    async getThread(channel, fingerprint) {
      return threads.get(fingerprint)?.get(channel) ?? null
    },
    async setThread(channel, fingerprint, value) {
      if (!threads.has(fingerprint)) threads.set(fingerprint, new Map())
      threads.get(fingerprint)!.set(channel, value)
    },
    async issues({ state, limit = 50 } = {}) {
      const all = [...issues.values()].filter((issue) => (state ?? issue.state) === issue.state)
      const newest = all.toSorted(
        (a, b) => b.lastSeen - a.lastSeen || compare(b.fingerprint, a.fingerprint),
      )
      return newest.slice(0, limit).map(toIssue) satisfies Issue[]
    },
    async occurrences({ fingerprint, id, limit = 50 } = {}) {
      const all = [...rows.values()].filter(
        (row) => (fingerprint ?? row.fingerprint) === row.fingerprint && (id ?? row.id) === row.id,
      )
      const newest = newestFirst(all).slice(0, limit)
      return newest.map((row) => structuredClone(row)) satisfies Occurrence[]
    },
  }
}

function newestFirst(rows: Occurrence[]): Occurrence[] {
  return rows.toSorted((a, b) => b.occurredAt - a.occurredAt || compare(b.id, a.id))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
