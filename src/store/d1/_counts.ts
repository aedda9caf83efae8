import type { QueuedOccurrence } from '../../model/occurrence.ts'
import type { Account } from '../../model/store.ts'

/** Issues whose counts are gathered. A further one makes the counts be written at once. */
const MAX_GATHERED_ISSUES = 1_000

/** Gathers counts of occurrences without a row, by issue, until the next write. */
export interface Counts {
  /** @param accounts the batch's account, last, and corrections of earlier accounts */
  add(occurrences: readonly QueuedOccurrence[], accounts?: readonly Account[]): void
  isFull(): boolean
  isEmpty(): boolean
  /**
   * The gathered counts, one occurrence for each issue. Ids and counts stay the same until
   * `done()`.
   */
  take(): { occurrences: QueuedOccurrence[]; accounts: Account[] }
  done(): void
}

interface Gathered {
  occurrences: Map<string, QueuedOccurrence>
  /** The sum of the batches' accounts. One id costs one row. */
  account: Account | undefined
  /** They keep their ids, because an earlier write may have counted them. */
  corrections: Map<string, Account>
}

const nothing = (): Gathered => ({
  occurrences: new Map(),
  account: undefined,
  corrections: new Map(),
})

export function createCounts(): Counts {
  let open = nothing()
  // The counts of a write whose reply may be lost. Writing them again must count them once.
  let begun = nothing()

  return {
    add(occurrences, accounts = []) {
      for (const { occurrence, count } of occurrences) {
        const known = open.occurrences.get(occurrence.fingerprint)
        open.occurrences.set(occurrence.fingerprint, {
          occurrence: known === undefined ? occurrence : { ...occurrence, id: known.occurrence.id },
          count: count + (known?.count ?? 0),
          row: false,
        })
      }
      for (const correction of accounts.slice(0, -1))
        open.corrections.set(correction.id, correction)
      const account = accounts.at(-1)
      if (account !== undefined) open.account = sum(open.account, account)
    },
    isFull: () => open.occurrences.size + begun.occurrences.size >= MAX_GATHERED_ISSUES,
    isEmpty: () => open.occurrences.size + begun.occurrences.size === 0,
    take() {
      if (begun.occurrences.size === 0 && begun.account === undefined) {
        begun = open
        open = nothing()
      }
      const { occurrences, account, corrections } = begun
      return {
        occurrences: [...occurrences.values()],
        accounts: [...corrections.values(), ...(account === undefined ? [] : [account])],
      }
    },
    done() {
      begun = nothing()
    },
  }
}

function sum(known: Account | undefined, added: Account): Account {
  if (known === undefined) return added
  const { id, ...rest } = known
  const keys = Object.keys(rest) as (keyof typeof rest)[]
  return { id, ...rest, ...Object.fromEntries(keys.map((key) => [key, rest[key] + added[key]])) }
}
