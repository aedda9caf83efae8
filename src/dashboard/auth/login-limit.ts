import { MINUTE_MS } from '../../util/time-units.ts'

/** Wrong secrets per minute that get a 401: from one address, and in this isolate. */
const PER_ADDRESS = 5
const PER_ISOLATE = 30
const MAX_ADDRESSES = 1_000

/**
 * Counts wrong secrets, so that scanners are told to stop. It does not protect the secret, whose
 * length does. The right secret is always accepted, so that nobody can lock others out.
 */
export interface LoginLimit {
  /** Counts a wrong secret. false when this address, or all addresses together, sent too many. */
  mayTry(address: string): boolean
}

export function createLoginLimit(now: () => number = Date.now): LoginLimit {
  let since = 0
  let all = 0
  const byAddress = new Map<string, number>()

  return {
    mayTry(address) {
      if (now() - since >= MINUTE_MS) {
        since = now()
        all = 0
        byAddress.clear()
      }
      const tries = (byAddress.get(address) ?? 0) + 1
      if (byAddress.size < MAX_ADDRESSES) byAddress.set(address, tries)
      return ++all <= PER_ISOLATE && tries <= PER_ADDRESS
    },
  }
}
