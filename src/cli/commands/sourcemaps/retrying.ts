import { setTimeout as wait } from 'node:timers/promises'
import { isStoreError } from '../../../model/store-error.ts'
import type { SqlBatch } from '../../../sourcemaps/reader.ts'

const MAX_BATCH_TRIES = 4
/** ms before the second try. It doubles with each try. */
const FIRST_WAIT_MS = 250

/** Repeats batches after transient failures. Every statement of an upload may run twice. */
export function retrying(driver: SqlBatch): SqlBatch {
  return {
    async batch(statements, mode) {
      for (let tries = 1; ; tries++) {
        try {
          return await driver.batch(statements, mode)
        } catch (error) {
          const mayPass = isStoreError(error) && error.failure === 'transient'
          if (!mayPass || tries === MAX_BATCH_TRIES) throw error
          await wait(error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1))
        }
      }
    },
  }
}
