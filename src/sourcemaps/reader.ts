import { fileSuffixes } from './parse-stack.ts'
import type { SqlDriver, SqlStatement } from '../store/sql/driver.ts'
import { releasesTable } from '../store/sql/map-releases.ts'

/** The part of a database driver that source maps use. `driverOf(store)` has it. */
export type SqlBatch = Pick<SqlDriver, 'batch'>

/** How the map of a frame was found. */
export type MatchedBy = 'debug id' | 'release' | 'time' | 'local file'

/** A position of a bundle, from 0. */
export interface Place {
  file: string
  line: number
  column: number
  debugId: string | null
  release: string | null
  /** Unix ms at which the stack was recorded. Used when there is no release. */
  occurredAt: number | null
}

/** The part of a map that contains the requested position. */
export interface ChunkRow {
  mapId: string
  /** Position of its first segment, from 0. */
  line: number
  column: number
  /** Deflated, in zlib's format. */
  data: Uint8Array
  matchedBy: MatchedBy
}

/** A source on this machine. */
export interface LocalSource {
  path: string
  text: string
  isKlaxons: boolean
}

/** Reads maps. They are usually in the database, but may be in a folder or a bucket. */
export interface SourceMapReader {
  /** Returns the chunk of each place, in the same order; null when no map is for the file. */
  chunks(places: readonly Place[]): Promise<(ChunkRow | null)[]>
  /** Returns the deflated texts of sources, by hash. Missing ones are left out. */
  sources(hashes: readonly string[]): Promise<Map<string, Uint8Array>>
  /**
   * Returns a frame's file, if it is a source on this machine, and its path from the project's
   * folder. `isKlaxons` says that the file belongs to klaxon.
   */
  file?(place: Pick<Place, 'file' | 'occurredAt'>): LocalSource | null
  /** Returns the number of releases that have maps. */
  releases?(): Promise<number>
}

/** ms after an occurrence in which an upload may belong to its build. */
const LATE_UPLOAD_MS = 3_600_000
/**
 * Bytes of sources in one reply at most. Servers refuse longer replies, and a Worker has 128 MB.
 */
const MAX_SOURCES_BYTES = 3_000_000

/** Makes a reader of the tables `klaxon_map*`. */
export function sqlReader(driver: SqlBatch): SourceMapReader {
  return {
    async chunks(places) {
      if (places.length === 0) return []
      const [result] = await driver.batch([chunksStatement(places)], 'read')
      const found = places.map((): ChunkRow | null => null)
      for (const row of result?.rows ?? []) found[Number(row['place'])] = chunkOf(row)
      return found
    },
    async sources(hashes) {
      if (hashes.length === 0) return new Map()
      const [result] = await driver.batch([sourcesStatement(hashes)], 'read')
      return new Map(result?.rows.map((row) => [String(row['hash']), bytesOf(row['data'])]))
    },
    async releases() {
      const [result] = await driver.batch([COUNT_RELEASES], 'read')
      return Number(result?.rows[0]?.['releases'] ?? 0)
    },
  }
}

const MATCHES: Record<string, MatchedBy> = { 1: 'debug id', 2: 'release', 3: 'time' }

function chunkOf(row: Record<string, unknown>): ChunkRow {
  const map = String(row['map'])
  return {
    mapId: map.slice(1),
    line: Number(row['line']),
    column: Number(row['col']),
    data: bytesOf(row['data']),
    matchedBy: MATCHES[map[0]!] ?? 'release',
  }
}

/**
 * Uses two parameters for any number of places, because D1 allows 100 parameters and 5 terms in a
 * compound select. Each file is looked up once.
 */
function chunksStatement(places: readonly Place[]): SqlStatement {
  const files = new Map<string, number>()
  const wanted: object[] = []
  const positions = places.map(({ file, line, column, debugId, release, occurredAt }) => {
    const key = JSON.stringify([file, debugId, release])
    const known = files.get(key) ?? files.size
    if (known === files.size) {
      files.set(key, known)
      const before = occurredAt === null ? null : occurredAt + LATE_UPLOAD_MS
      wanted.push({ d: debugId, r: release, t: before, f: fileSuffixes(file) })
    }
    return [known, line, column]
  })
  return { sql: CHUNKS, params: [JSON.stringify(wanted), JSON.stringify(positions)] }
}

const FILE_SUFFIXES = `(select s.value from json_each(w.value, '$.f') s)`
const CHUNKS = `with recursive ${releasesTable()}, files as materialized (
  select w.key as n, coalesce(
    (select '1' || m.id from klaxon_maps m where m.debug_id = w.value ->> '$.d'
      order by m.created_at desc limit 1),
    (select '2' || f.map_id from klaxon_map_files f
      where f.release = w.value ->> '$.r' and f.file in ${FILE_SUFFIXES}
      order by length(f.file) desc limit 1),
    case when w.value ->> '$.r' is null then
      (select '3' || f.map_id from klaxon_map_releases r cross join klaxon_map_files f
        where f.release = r.release and f.file in ${FILE_SUFFIXES} and f.uploaded_at <= w.value ->> '$.t'
        order by length(f.file) desc, f.uploaded_at desc limit 1) end
  ) as map from json_each(?) w
)
select p.key as place, files.map, c.line, c.col, c.data
from json_each(?) p join files on files.n = p.value ->> 0
join klaxon_map_chunks c on c.rowid = (
  select k.rowid from klaxon_map_chunks k
  where k.map_id = substr(files.map, 2) and (k.line, k.col) <= (p.value ->> 1, p.value ->> 2)
  order by k.line desc, k.col desc limit 1)`

/** Selects sources in the requested order, until the reply would be too long. */
function sourcesStatement(hashes: readonly string[]): SqlStatement {
  return {
    sql: `select hash, data from (
  select s.hash, s.data, sum(length(s.data)) over (order by h.key) as total
  from json_each(?) h join klaxon_map_sources s on s.hash = h.value
) where total <= ?`,
    params: [JSON.stringify(hashes), MAX_SOURCES_BYTES],
  }
}

const COUNT_RELEASES: SqlStatement = {
  sql: `with recursive ${releasesTable()} select count(release) as releases from klaxon_map_releases`,
  params: [],
}

/** The bytes of a blob. Drivers return bytes, a buffer, or a list of numbers (D1). */
function bytesOf(cell: unknown): Uint8Array {
  if (cell instanceof Uint8Array) return cell
  return new Uint8Array(cell instanceof ArrayBuffer || Array.isArray(cell) ? cell : [])
}
