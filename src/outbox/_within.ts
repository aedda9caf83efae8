import { StoreError } from '../core/store-error.ts'

/** Rejects after `ms`; the loser's later rejection is not an unhandled one. */
export function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreError('transient', { code: 'TIMEOUT' })), ms)
    // In a function of its own, so that what throws at once is a rejection as well.
    const run = async (): Promise<T> => work()
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
