import type { Setup } from '../config/setup.ts'
import { plainDescription } from '../capture/describe-error.ts'
import { buildOccurrence } from '../capture/occurrence.ts'
import { fingerprint } from '../capture/fingerprint.ts'
import type { CapturedOccurrence } from '../model/occurrence.ts'
import { isStoreError } from '../model/store-error.ts'
import type { Job, MissedRun } from '../model/store.ts'
import { durationMs } from '../util/duration.ts'
import { sleep } from '../util/sleep.ts'
import { withTimeout } from '../util/with-timeout.ts'
import * as limits from './limits.ts'
import { inTries } from './tries.ts'

/**
 * Records that a job of the option `heartbeats` has run. Never rejects, because the job itself
 * ended well.
 */
export async function beat(setup: Setup, name: string): Promise<void> {
  const { options, logger, now } = setup
  const { store } = options
  const warn = (message: string): void => logger.warn('heartbeat', message)
  const job = jobsOf(setup).find((each) => each.name === name)
  if (job === undefined)
    return warn(`heartbeat("${name}"): the option \`heartbeats\` has no job of that name`)
  if (store?.heartbeat === undefined) return warn('heartbeat() needs the option `store`')
  const end = now() + limits.FLUSH_MS * (1 - limits.HAND_OVER_SHARE)
  // It tries as often as a batch, because an unrecorded run would be reported as missed.
  const failure = await inTries(
    { now, sleep, random: Math.random, end: () => end, check: () => 'go on' },
    (_until, timeoutMs) => withTimeout(timeoutMs(), () => store.heartbeat!(job)),
  )
  if (isStoreError(failure)) warn(`the run of ${name} was not recorded: ${failure.message}`)
}

/**
 * Records missed runs as occurrences. `maintain` calls it.
 * @param deliver records an occurrence, and resolves when the occurrence has ended
 * @returns their number
 * @throws StoreError
 */
export async function recordMissed(
  setup: Setup,
  deliver: (captured: CapturedOccurrence) => Promise<void>,
): Promise<number> {
  const { heartbeats, store } = setup.options
  const jobs = jobsOf(setup)
  if (jobs.length === 0 || store?.missedRuns === undefined) return 0
  const runs = await withTimeout(limits.TRY_MS, () => store.missedRuns!(jobs))
  for (const run of runs) {
    const job = jobs.find(({ name }) => name === run.name)
    const { every } = heartbeats![run.name]!
    if (job !== undefined) await deliver(occurrenceOf(setup, job, run, every))
  }
  return runs.length
}

function jobsOf({ options, service, environment }: Setup): Job[] {
  return Object.entries(options.heartbeats ?? {}).map(([name, { every, grace = '0s' }]) => ({
    name,
    service,
    environment,
    everyMs: durationMs(every),
    graceMs: durationMs(grace),
    // The name is not normalised, because numbers in it tell jobs apart.
    fingerprint: fingerprint({ kind: 'missed', service, environment } as never, {
      chosen: JSON.stringify(['job', name]),
    }),
  }))
}

function occurrenceOf(
  setup: Setup,
  job: Job,
  { lastAt }: MissedRun,
  every: string,
): CapturedOccurrence {
  const message = `${job.name} has not run since ${new Date(lastAt).toISOString()}; it runs every ${every}`
  const captured = buildOccurrence(setup, {
    kind: 'missed',
    status: 500,
    event: { name: 'job', subject: job.name },
    description: plainDescription('MissedRun', message),
  })
  Object.assign(captured.occurrence, {
    fingerprint: job.fingerprint,
    title: `${job.name} did not run`,
    debugIds: null,
  })
  return captured
}
