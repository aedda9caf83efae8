import type { IssueRecord } from '../../alerts/policy.ts'
import type { Job, MissedRun } from '../../model/store.ts'

interface JobRecord {
  scope: string
  lastAt: number
  missedAt: number | null
}

/** The table klaxon_heartbeats as a map, with the rules of `sql/_jobs.ts`. */
export function createMemoryJobs(issues: ReadonlyMap<string, IssueRecord>) {
  const records = new Map<string, JobRecord>()
  const scopeOf = ({ service, environment }: Job): string => JSON.stringify([service, environment])
  const keyOf = (job: Job): string => scopeOf(job) + job.name

  return {
    beat(job: Job, now: number): void {
      records.set(keyOf(job), { scope: scopeOf(job), lastAt: now, missedAt: null })
    },
    missed(jobs: readonly Job[], now: number): MissedRun[] {
      const declared = new Set(jobs.map(keyOf))
      const scopes = new Set(jobs.map(scopeOf))
      for (const [key, { scope }] of records)
        if (scopes.has(scope) && !declared.has(key)) records.delete(key)
      return jobs.flatMap((job) => {
        const record = records.get(keyOf(job)) ?? {
          scope: scopeOf(job),
          lastAt: now,
          missedAt: null,
        }
        records.set(keyOf(job), record)
        const since = record.missedAt ?? record.lastAt + job.graceMs
        if (since + job.everyMs >= now || issues.get(job.fingerprint)?.state === 'ignored')
          return []
        record.missedAt = now
        return [{ name: job.name, lastAt: record.lastAt }]
      })
    },
  }
}
