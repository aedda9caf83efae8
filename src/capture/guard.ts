import type { Setup } from '../config/setup.ts'
import { faultName, isPromise } from '../util/guards.ts'

/**
 * Runs klaxon's work within a request. An exception ends here with a warning, because a failure of
 * klaxon must never become a failure of the user's request.
 */
export function guard<T>(setup: Setup, what: string, work: () => T, otherwise: T): T {
  try {
    return work()
  } catch (error) {
    setup.logger.warn(what, `${what} failed: ${faultName(error)}`)
    return otherwise
  }
}

/**
 * Calls a function that is an option. When it throws or returns a promise, it logs a warning and
 * returns undefined.
 */
export function callHook<T>(setup: Setup, option: string, hook: () => T): T | undefined {
  try {
    const value = hook()
    if (!isPromise(value)) return value
    setup.logger.warn(
      `option ${option}`,
      `option \`${option}\` must answer at once, not by a promise`,
    )
  } catch (error) {
    setup.logger.warn(`option ${option}`, `option \`${option}\` threw ${faultName(error)}`)
  }
  return undefined
}
