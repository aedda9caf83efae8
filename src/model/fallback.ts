import type { QueuedOccurrence } from './occurrence.ts'

/** Where occurrences go that the store refused. */
export interface Fallback {
  readonly name: string
  /**
   * Configured tokens and URLs. Redaction replaces them by `[Filtered]` in every occurrence.
   */
  readonly secrets?: readonly string[]
  /**
   * What is wrong with its options, in words that follow "option `fallback`". klaxon then throws a
   * KlaxonError.
   */
  readonly problem?: string
  /** Takes all of the occurrences, or throws. */
  put(queued: readonly QueuedOccurrence[]): Promise<void>
  /**
   * Writes its occurrences to the store, batch by batch, until `write` throws. Called after the
   * store has taken a batch.
   * @param onUnreadable called with the number of occurrences that could not be read and are lost
   * @returns the number of occurrences written
   */
  replay?(
    write: (queued: readonly QueuedOccurrence[]) => Promise<void>,
    onUnreadable: (count: number) => void,
  ): Promise<number>
}
