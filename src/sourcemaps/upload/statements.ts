import { MARKER } from '../../store/sql/map-releases.ts'
import { NOW_TEXT } from '../../store/sql/now.ts'
import type { SqlStatement, SqlValue } from '../../store/sql/driver.ts'

/** Parameters of one statement: D1 takes 100. */
const MAX_PARAMS = 100
/** Bytes of one statement's parameters. */
const MAX_PARAM_BYTES = 900_000

export interface ChunkInsert {
  line: number
  column: number
  data: Uint8Array
}

/** Marks an upload that has begun, so that retention keeps its rows. */
export function markStatement(mapId: string): SqlStatement {
  return {
    sql: `insert into klaxon_map_files (release, file, map_id, uploaded_at) values (?, ?, ?, ${NOW_TEXT})
on conflict (release, file) do update set uploaded_at = excluded.uploaded_at`,
    params: [MARKER, mapId, mapId],
  }
}

export function usesStatements(mapId: string, hashes: readonly string[]): SqlStatement[] {
  if (hashes.length === 0) return []
  return [
    {
      sql: `insert or ignore into klaxon_map_uses (map_id, hash) select ?, value from json_each(?)`,
      params: [mapId, JSON.stringify(hashes)],
    },
  ]
}

export function sourceStatement(hash: string, data: Uint8Array): SqlStatement {
  return {
    sql: 'insert or ignore into klaxon_map_sources (hash, data) values (?, ?)',
    params: [hash, data],
  }
}

/** Inserts as many rows per statement as its limits allow. */
export function chunkStatements(mapId: string, chunks: readonly ChunkInsert[]): SqlStatement[] {
  const statements: SqlStatement[] = []
  let params: SqlValue[] = []
  let size = 0
  const close = (): void => {
    if (params.length === 0) return
    const rows = Array.from({ length: params.length / 4 }, () => '(?, ?, ?, ?)').join(', ')
    const sql = `insert or ignore into klaxon_map_chunks (map_id, line, col, data) values ${rows}`
    statements.push({ sql, params })
    params = []
    size = 0
  }
  for (const { line, column, data } of chunks) {
    if (params.length + 4 > MAX_PARAMS || size + data.length > MAX_PARAM_BYTES) close()
    params.push(mapId, line, column, data)
    size += data.length
  }
  close()
  return statements
}

/** Makes the map readable, if its mark has kept its rows. */
export function mapStatement(map: {
  id: string
  debugId: string | null
  file: string
  bytes: number
}): SqlStatement {
  return {
    sql: `insert or ignore into klaxon_maps (id, debug_id, file, bytes, created_at)
select ?, ?, ?, ?, ${NOW_TEXT} where exists (select 1 from klaxon_map_files where release = ? and file = ?)`,
    params: [map.id, map.debugId, map.file, map.bytes, MARKER, map.id],
  }
}

/**
 * Gives a file of a release its map, if the map is there. Retention deletes the file's earlier map
 * when no file uses it.
 */
export function fileStatements(release: string, file: string, mapId: string): SqlStatement[] {
  return [
    {
      sql: `insert into klaxon_map_files (release, file, map_id, uploaded_at)
select ?, map_id, map_id, ${NOW_TEXT} from klaxon_map_files where release = ? and file = ? and map_id <> ?
on conflict (release, file) do nothing`,
      params: [MARKER, release, file, mapId],
    },
    {
      sql: `insert into klaxon_map_files (release, file, map_id, uploaded_at)
select ?, ?, id, ${NOW_TEXT} from klaxon_maps where id = ?
on conflict (release, file) do update set map_id = excluded.map_id, uploaded_at = excluded.uploaded_at`,
      params: [release, file, mapId],
    },
    {
      sql: `delete from klaxon_map_files where release = ? and file = ?
and exists (select 1 from klaxon_maps where id = ?)`,
      params: [MARKER, mapId, mapId],
    },
  ]
}
