import type { Logger } from '../core/log.ts'
import type { AlertPolicy, Claim, Entry, Fallback, Retention, Store } from '../core/types.ts'
import { uuidv7 } from '../core/uuid.ts'

/** What one run of `maintain` did. */
export interface MaintainReport {
  /** Rows deleted by retention. */
  pruned: { occurrences: number; issues: number }
  /** Pending alerts and digests that were claimed for sending. */
  alerts: number
  /** Records put back from the fallback. */
  replayed: number
  /** Parts that failed and are tried again by the next run. */
  failed: string[]
}

const DAY = 86_400_000

/** 30 days and 10,000 rows of occurrences; issues 90 days after they were last seen. */
export const RETENTION: Retention = {
  occurrencesMs: 30 * DAY,
  occurrences: 10_000,
  issuesMs: 90 * DAY,
}

/** Chunks of one run: what is left is deleted by the next. */
const MAX_CHUNKS = 50

export interface MaintainParts {
  store: Store
  fallback: Fallback | undefined
  policy: AlertPolicy
  channels: readonly string[]
  logger: Logger
  now: () => number
  send(claims: readonly Claim[]): Promise<void>
}

/** Writes entries outside the outbox, in the same idempotent way: replayed, or from a queue. */
export async function writeAgain(
  parts: Omit<MaintainParts, 'logger'>,
  entries: readonly Entry[],
): Promise<number> {
  const { store, policy, channels, now } = parts
  const { claims } = await store.write({
    attempt: uuidv7(now()),
    now: now(),
    entries,
    policy,
    channels,
  })
  if (claims.length > 0) await parts.send(claims)
  return claims.length
}

/** Retention, pending alerts and digests, and replay of the fallback; each part on its own. */
export async function maintain(parts: MaintainParts): Promise<MaintainReport> {
  const { store, fallback, logger, now } = parts
  const report: MaintainReport = {
    pruned: { occurrences: 0, issues: 0 },
    alerts: 0,
    replayed: 0,
    failed: [],
  }

  async function part(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // One part's failure leaves the others their turn; the report and the log name it.
      report.failed.push(name)
      logger.trouble(
        `maintain ${name}`,
        `${name}: ${error instanceof Error ? error.message : typeof error}`,
      )
    }
  }

  await part('replay', async () => {
    report.replayed =
      (await fallback?.replay?.(async (entries) => void (await writeAgain(parts, entries)))) ?? 0
  })
  await part('alerts', async () => {
    report.alerts = await writeAgain(parts, [])
  })
  await part('retention', async () => {
    for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
      const { occurrences, issues, more } = await store.prune(RETENTION, now())
      report.pruned.occurrences += occurrences
      report.pruned.issues += issues
      if (!more) break
    }
  })
  return report
}
