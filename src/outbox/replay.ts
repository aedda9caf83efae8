import type { Logger } from '../core/log.ts'
import type { Entry, Fallback } from '../core/types.ts'
import * as limits from './_limits.ts'

export interface ReplayParts {
  fallback: Fallback | undefined
  logger: Logger
  now: () => number
  write: (entries: readonly Entry[]) => Promise<unknown>
}

/** Puts back what the fallback keeps, as far as the store takes it; one at a time. */
export function createReplay({ fallback, logger, now, write }: ReplayParts): {
  /** Throws where it stops; how many records. */
  run: () => Promise<number>
  /** After a success, in passing. */
  attempt: () => Promise<void>
} {
  let beat = 0

  async function run(): Promise<number> {
    if (fallback?.replay === undefined || now() - beat < limits.REPLAY_DEAD_MS) return 0
    beat = now()
    try {
      return await fallback.replay(async (entries) => {
        beat = now()
        await write(entries)
        beat = now()
      })
    } finally {
      beat = 0
    }
  }

  return {
    run,
    async attempt() {
      try {
        await run()
      } catch {
        // What is left stays in the fallback and is tried again after the next success.
        logger.trouble('replay', `putting back the records of ${fallback?.name} failed`)
      }
    },
  }
}
