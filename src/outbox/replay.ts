import type { Logger } from '../config/logger.ts'
import type { Fallback } from '../model/fallback.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import { isStoreError, StoreError } from '../model/store-error.ts'
import * as limits from './limits.ts'

export interface ReplayParts {
  fallback: Fallback | undefined
  logger: Logger
  now: () => number
  write: (queued: readonly QueuedOccurrence[]) => Promise<unknown>
}

export interface Replay {
  /**
   * Writes the fallback's occurrences to the store.
   * @returns their number
   * @throws the error that stopped it
   */
  run: () => Promise<number>
  /**
   * The same, after the store has taken a batch. It logs occurrences that the store refuses,
   * because the store works. Never throws.
   */
  afterSuccess: () => Promise<void>
}

/** Moves occurrences from the fallback to the store, one run at a time. */
export function createReplay({ fallback, logger, now, write }: ReplayParts): Replay {
  let lastActiveAt = 0

  /**
   * A batch that the store refuses as a whole goes to the log. Otherwise it would keep back all
   * batches after it.
   */
  async function writeOrLog(queued: readonly QueuedOccurrence[]): Promise<void> {
    try {
      await write(queued)
    } catch (error) {
      if (!isStoreError(error) || error.failure !== 'poison') throw error
      for (const each of queued) logger.lastResort(each, new StoreError('poison').message)
    }
  }

  function warnOfUnreadable(count: number): void {
    logger.warn('fallback records', `${count} occurrences of ${fallback?.name} could not be read`)
  }

  async function run(put: ReplayParts['write']): Promise<number> {
    if (fallback?.replay === undefined || now() - lastActiveAt < limits.REPLAY_DEAD_MS) return 0
    lastActiveAt = now()
    try {
      return await fallback.replay(async (queued) => {
        lastActiveAt = now()
        await put(queued)
        lastActiveAt = now()
      }, warnOfUnreadable)
    } finally {
      lastActiveAt = 0
    }
  }

  return {
    run: () => run(write),
    async afterSuccess() {
      try {
        await run(writeOrLog)
      } catch {
        // The rest stays in the fallback until the next success.
        logger.warn('replay', `replaying the occurrences of ${fallback?.name} failed`)
      }
    },
  }
}
