import type { Store } from '../../model/store.ts'
import { transactionStore } from '../sql/create-store.ts'
import { createThread, type ThreadOptions } from './_thread.ts'

/** The store on a SQLite file that a worker thread opens. */
export function threadStore(options: ThreadOptions, migrate?: boolean): Store {
  const run = createThread(options)
  return transactionStore({
    name: 'sqlite',
    batch: (statements, mode) => run({ parts: [statements], mode, savepoints: false }),
    transaction: (parts) => run({ parts, mode: 'write', savepoints: true }),
    ...(migrate === undefined ? {} : { migrate }),
  })
}
