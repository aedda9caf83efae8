import type { Alerting } from '../alerts/alerting.ts'
import { isStoreError, StoreError } from '../model/store-error.ts'
import type { AlertPolicy, Claim } from '../model/alert.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import type { Account, Store } from '../model/store.ts'
import { uuidv7 } from '../util/uuid.ts'
import { TimeoutError, withTimeout } from '../util/with-timeout.ts'

export interface WriteParts {
  store: Store
  policy: AlertPolicy
  /** Claims alerts. Without it nothing is claimed. */
  alerting?: Pick<Alerting, 'claimFields' | 'mark' | 'warnOfOtherPolicy'>
  now: () => number
}

export interface WriteOptions {
  timeoutMs: number
  accounts?: readonly Account[]
  /** Attempts of earlier tries. A failed try adds its own. */
  former?: string[]
  /** Whether to claim the due alerts of all issues. @default once a minute */
  isDue?: boolean | undefined
}

export interface WriteOutcome {
  claims: Claim[]
  /** Occurrences that the store refuses for good. All others are stored. */
  refused: QueuedOccurrence[]
  /** Messages about the store, for the log. */
  notices: readonly string[]
}

/** Converts anything that a store threw into a StoreError. */
export function asStoreError(error: unknown): StoreError {
  if (isStoreError(error)) return error
  const code = error instanceof TimeoutError ? 'TIMEOUT' : 'UNKNOWN'
  return new StoreError('transient', { code })
}

/**
 * Writes occurrences in one try. Writing them again is harmless.
 * @throws StoreError, but not for single occurrences that the store refuses
 */
export async function writeOnce(
  { store, policy, alerting, now }: WriteParts,
  occurrences: readonly QueuedOccurrence[],
  { timeoutMs, accounts, former = [], isDue }: WriteOptions,
): Promise<WriteOutcome> {
  const at = now()
  let isOver = false
  alerting?.mark(occurrences)
  const batch = {
    attempt: uuidv7(at),
    ...(former.length === 0 ? {} : { former: [...former] }),
    now: at,
    occurrences,
    policy,
    ...(alerting?.claimFields(isDue) ?? { channels: [] }),
    // The try has timed out, and the next one starts from the beginning.
    beforeRoundTrip() {
      if (isOver) throw new TimeoutError('the try is over')
    },
  }
  try {
    const {
      claims,
      refused = [],
      notices = [],
      otherPolicy,
    } = await withTimeout(timeoutMs, () => store.write(accounts ? { ...batch, accounts } : batch))
    if (otherPolicy === true) alerting?.warnOfOtherPolicy()
    const ids = new Set(refused)
    return {
      claims,
      refused: occurrences.filter(({ occurrence }) => ids.has(occurrence.id)),
      notices,
    }
  } catch (error) {
    former.push(batch.attempt)
    throw asStoreError(error)
  } finally {
    isOver = true
  }
}
