import type { Occurrence } from './occurrence.ts'
import type { Store } from './store.ts'

/**
 * Maps an occurrence's frames to the user's sources. `sourceMaps()` of `klaxon/sourcemaps` makes
 * one, for the option `sourceMaps`.
 */
export interface StackMapper {
  /** Tokens of the store that has the maps. Redaction replaces them in every occurrence. */
  readonly secrets?: readonly string[]
  /**
   * The occurrence with mapped stacks. Frames that no map knows for certain stay as they are.
   * klaxon waits half a second for it, and then sends the alert with the engine's stack.
   * @param store the store of the occurrences, which may have the maps as well
   */
  map(occurrence: Occurrence, store: Store | undefined): Promise<Occurrence>
}
