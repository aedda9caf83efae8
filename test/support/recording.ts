import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { memory } from '../../src/store/memory/memory.ts'

/** A klaxon with a new store, and its recorded occurrences in the order of the failures. */
export function recording(options: KlaxonOptions = {}) {
  const store = memory()
  const rows: Occurrence[] = []
  const write: typeof store.write = (batch) => {
    rows.push(...batch.occurrences.map(({ occurrence }) => occurrence))
    return store.write(batch)
  }
  const klaxon = createKlaxon({ store: { ...store, write }, log: false, ...options })
  return {
    klaxon,
    recorded: async (): Promise<Occurrence[]> => {
      await klaxon.flush()
      return rows
    },
  }
}
