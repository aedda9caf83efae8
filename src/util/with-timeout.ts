/** `withTimeout` rejects with it when the time is over. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * Runs `work` and rejects with a TimeoutError after `ms`. A later rejection of `work` counts as
 * handled.
 */
export function withTimeout<T>(ms: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms)
    // An async function turns a synchronous throw of `work` into a rejection.
    const run = async (): Promise<T> => work()
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
