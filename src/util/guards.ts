/** The time in Unix ms; 0 when the host's clock throws, so that it does not break a request. */
export function clock(): number {
  try {
    return Date.now()
  } catch {
    return 0
  }
}

/**
 * The name of a thrown error, or the type of another thrown value. A hostile value cannot make it
 * throw.
 */
export function faultName(error: unknown): string {
  try {
    return error instanceof Error ? error.name : typeof error
  } catch {
    return typeof error
  }
}

/**
 * Whether a synchronous hook returned a promise. The promise's rejection is handled here, because
 * an unhandled one ends a Node process.
 */
export function isPromise(value: unknown): boolean {
  try {
    if (typeof value !== 'object' || value === null) return false
    if (typeof (value as PromiseLike<unknown>).then !== 'function') return false
    void Promise.resolve(value).catch(() => {})
    return true
  } catch {
    // A value whose getters throw is treated as no promise.
    return false
  }
}
