import type { WaitUntil } from '../core/types.ts'

/** Work that goes on after the response: in the host's `waitUntil`, and always where `flush()` finds it. */
export interface Background {
  run(work: () => Promise<void>, ctx: WaitUntil | undefined): void
  /** Resolves when nothing runs any more, whatever was added meanwhile. */
  idle(): Promise<void>
  isIdle(): boolean
}

export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>()

  return {
    run(work, ctx) {
      const promise = work().catch(onError)
      if (ctx !== undefined) {
        try {
          ctx.waitUntil(promise)
          return
        } catch (error) {
          // A detached or foreign waitUntil: the work is tracked as on a host that has none.
          onError(error)
        }
      }
      running.add(promise)
      void promise.then(() => running.delete(promise))
    },
    isIdle: () => running.size === 0,
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
