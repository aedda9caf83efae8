import type { WaitUntil } from '../model/wait-until.ts'
import * as limits from './limits.ts'

/**
 * Work that continues after the response: in the host's `waitUntil`, and known to `flush()`.
 */
export interface Background {
  /** Starts the work. @returns false when the context's `waitUntil` threw; the work continues */
  run(work: () => Promise<void>, ctx: WaitUntil | undefined): boolean
  /** Resolves when no work runs, or at `until` (Unix ms). */
  idle(until: number): Promise<void>
  isIdle(): boolean
}

export interface BackgroundParts {
  now: () => number
  sleep: (ms: number) => Promise<void>
  onError: (error: unknown) => void
}

export function createBackground({ now, sleep, onError }: BackgroundParts): Background {
  /**
   * Running work and its start (Unix ms). Work ends in time, so older work has died with its
   * request.
   */
  const running = new Map<Promise<void>, number>()

  function isIdle(): boolean {
    for (const [promise, since] of running) {
      if (now() - since <= limits.FLUSH_MS + limits.DEAD_MS) return false
      running.delete(promise)
    }
    return true
  }

  return {
    run(work, ctx) {
      const promise = work().catch(onError)
      running.set(promise, now())
      void promise.then(() => running.delete(promise))
      try {
        ctx?.waitUntil(promise)
        return true
      } catch (error) {
        // `waitUntil` may be detached or foreign. The work continues without it.
        onError(error)
        return false
      }
    },
    isIdle,
    async idle(until) {
      // Races with a timer: in workerd, another request's promise may never resolve.
      while (!isIdle() && now() < until)
        await Promise.race([
          Promise.all(running.keys()),
          sleep(Math.min(limits.POLL_MS, until - now())),
        ])
    },
  }
}
