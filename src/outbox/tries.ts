import type { StoreError } from '../model/store-error.ts'
import * as limits from './limits.ts'
import { asStoreError } from './write.ts'

export interface TryOptions {
  now: () => number
  sleep: (ms: number) => Promise<void>
  random: () => number
  /** Unix ms at which the last try must have ended. A `flush()` may move it closer. */
  end: () => number
  /**
   * Called at least every 250 ms between tries. `stop` ends without an outcome; `fail` ends with
   * the last failure.
   */
  check: () => 'go on' | 'stop' | 'fail'
}

/** One try. It must start by `lastStart` (Unix ms), and then end within `timeoutMs()`. */
export type Try<T> = (lastStart: number, timeoutMs: () => number) => Promise<T>

/**
 * Runs up to four tries, spread over the available time even when each fails at once, so that a
 * restarting database is back for the last one. Only transient failures are tried again. A batch
 * that was refused as a whole gets one more try.
 * @returns null when it was stopped
 */
export async function inTries<T>(parts: TryOptions, work: Try<T>): Promise<T | StoreError | null> {
  const { now, sleep, random } = parts
  const began = now()
  let refusals = 0
  const timeoutMs = (): number =>
    Math.max(limits.MIN_PAUSE_MS, Math.min(limits.TRY_MS, parts.end() - now()))

  /** Counts the time that it slept, because a clock that stands still must not keep it here. */
  async function pauseFor(ms: number): Promise<'go on' | 'stop' | 'fail'> {
    for (let left = ms; ; left -= limits.CHECK_MS) {
      const verdict = parts.check()
      const rest = Math.min(left, parts.end() - limits.MIN_TRY_MS - now())
      if (verdict !== 'go on' || rest <= 0) return verdict
      await sleep(Math.min(rest, limits.CHECK_MS))
    }
  }

  for (let tried = 1; ; tried++) {
    const lastStart = Math.max(began, parts.end() - limits.MIN_TRY_MS)
    try {
      return await work(lastStart, timeoutMs)
    } catch (error) {
      const failure = asStoreError(error)
      const isRefused = failure.failure === 'poison' && ++refusals < 2
      if (failure.failure !== 'transient' && !isRefused) return failure
      const at = limits.TRY_AT_MS[tried]
      if (at === undefined || now() >= parts.end() - limits.MIN_TRY_MS) return failure
      const pause = Math.max(
        limits.MIN_PAUSE_MS,
        failure.retryAfterMs ?? 0,
        isRefused ? 0 : began + at * jitter(random) - now(),
      )
      const verdict = await pauseFor(pause)
      if (verdict === 'stop') return null
      if (verdict === 'fail') return failure
    }
  }
}

/**
 * Moves a start by up to a quarter, so that isolates that failed together do not try again
 * together.
 */
function jitter(random: () => number): number {
  return 0.75 + random() / 2
}
