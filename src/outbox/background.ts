import type { WaitUntil } from '../core/types.ts'
import * as limits from './_limits.ts'

/** Work that goes on after the response: in the host's `waitUntil`, and always where `flush()` finds it. */
export interface Background {
  /** False when the context did not take it; it goes on all the same. */
  run(work: () => Promise<void>, ctx: WaitUntil | undefined): boolean
  /** Resolves when nothing runs any more, whatever was added meanwhile. */
  idle(): Promise<void>
  isIdle(): boolean
}

export interface BackgroundParts {
  now: () => number
  sleep: (ms: number) => Promise<void>
  onError: (error: unknown) => void
}

export function createBackground({ now, sleep, onError }: BackgroundParts): Background {
  /** What runs, and since when: work ends by itself in time, so what is older died with its request. */
  const running = new Map<Promise<void>, number>()

  function isIdle(): boolean {
    for (const [promise, since] of running) {
      if (now() - since <= limits.DRAIN_MS + limits.DEAD_MS) return false
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
        // A detached or foreign waitUntil: the work goes on as on a host that has none.
        onError(error)
        return false
      }
    },
    isIdle,
    async idle() {
      // Raced with a timer of our own: in workerd, a promise of another request may never resolve.
      while (!isIdle()) await Promise.race([Promise.all(running.keys()), sleep(limits.POLL_MS)])
    },
  }
}
