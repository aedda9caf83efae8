import type { Store } from '../model/store.ts'
import { driverOf } from '../store/sql/_connection.ts'
import { type SourceMapReader, type SqlBatch, sqlReader } from './reader.ts'

/** A source of maps: a store on SQL, its `batch`, or a reader of another place. */
export type MapsSource = Store | SqlBatch | SourceMapReader

export function readerOf(maps: MapsSource): SourceMapReader {
  if ('chunks' in maps) return maps
  if ('batch' in maps) return sqlReader(maps)
  const driver = driverOf(maps)
  return driver === null ? NO_MAPS : sqlReader(driver)
}

/** The reader of a store in memory, which has no maps. */
const NO_MAPS: SourceMapReader = {
  chunks: async (places) => places.map(() => null),
  sources: async () => new Map(),
}
