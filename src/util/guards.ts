/** Unix ms. A clock that a host has broken must not break a request. */
export function clock(): number {
  try {
    return Date.now()
  } catch {
    return 0
  }
}

/** What kind of thing was thrown, asked so that even a hostile value can answer. */
export function faultName(error: unknown): string {
  try {
    return error instanceof Error ? error.name : typeof error
  } catch {
    return typeof error
  }
}

/**
 * Whether a hook that must answer at once gave a promise. Its rejection, which no one waits for, is taken here: on Node
 * it would end the process.
 */
export function isPromise(value: unknown): boolean {
  try {
    if (typeof value !== 'object' || value === null) return false
    if (typeof (value as PromiseLike<unknown>).then !== 'function') return false
    void Promise.resolve(value).catch(() => {})
    return true
  } catch {
    // What cannot be asked is no promise.
    return false
  }
}
