import { type Digest, pack } from '../digest/digest.ts'
import type { SqlStatement } from '../../store/sql/driver.ts'
import type { SqlBatch } from '../reader.ts'
import {
  chunkStatements,
  fileStatements,
  mapStatement,
  markStatement,
  sourceStatement,
  usesStatements,
} from './statements.ts'

/** A file of a release, and its map. */
export interface UploadFile {
  /** Relative to the uploaded folder. */
  file: string
  /** Size of the file, for showing. */
  bytes: number
  digest: Digest
}

export interface UploadReport {
  files: number
  /** Maps that were not in the database yet. */
  maps: number
  /** Rows and bytes that were sent. */
  rows: number
  bytes: number
  requests: number
}

/**
 * Characters of one request at most. Servers allow more, but a short request is repeated faster
 * after a failure.
 */
const MAX_REQUEST_LENGTH = 1_000_000
const MAX_STATEMENTS = 100
/** Tries to write files whose maps retention deletes meanwhile. */
const MAX_TRIES = 3

/**
 * Writes files of one release. A map becomes readable when all of it is there. A repeated upload
 * writes nothing twice, wherever the first one was cut.
 * @throws StoreError
 */
export async function uploadFiles(
  driver: SqlBatch,
  release: string,
  files: readonly UploadFile[],
): Promise<UploadReport> {
  const report: UploadReport = { files: files.length, maps: 0, rows: 0, bytes: 0, requests: 0 }
  const queue = requestQueue(driver, report)
  let left = files
  for (let tries = 0; left.length > 0; tries++) {
    if (tries === MAX_TRIES)
      throw new Error('the maps were deleted while they were uploaded; try again')
    const known = await knownMaps(driver, left, report)
    const fresh = uniqueMaps(left.filter(({ digest }) => !known.has(digest.id)))
    for (const file of fresh) await writeMap(queue, driver, file, report)
    for (const { file, digest } of left)
      for (const statement of fileStatements(release, file, digest.id)) await queue.add(statement)
    await queue.flush()
    left = await withoutMap(driver, release, left, report)
  }
  return report
}

async function writeMap(
  queue: RequestQueue,
  driver: SqlBatch,
  { file, bytes, digest }: UploadFile,
  report: UploadReport,
): Promise<void> {
  const { id, debugId, chunks, texts } = digest
  await queue.add(markStatement(id))
  for (const statement of usesStatements(id, [...texts.keys()])) await queue.add(statement)
  // From here on retention keeps the sources, so stored ones need not be sent.
  await queue.flush()
  const sources = await knownSources(driver, [...texts.keys()], report)
  for (const [hash, text] of texts) {
    if (sources.has(hash)) continue
    report.rows++
    await queue.add(sourceStatement(hash, pack(text)))
  }
  report.rows += chunks.length
  const rows = chunks.map(({ line, column, text }) => ({ line, column, data: pack(text) }))
  for (const statement of chunkStatements(id, rows)) await queue.add(statement)
  await queue.add(mapStatement({ id, debugId, file, bytes }))
  report.maps++
}

interface RequestQueue {
  add(statement: SqlStatement): Promise<void>
  flush(): Promise<void>
}

/** Sends statements in their order, as many per request as its limits allow. */
function requestQueue(driver: SqlBatch, report: UploadReport): RequestQueue {
  let statements: SqlStatement[] = []
  let size = 0
  async function flush(): Promise<void> {
    if (statements.length === 0) return
    report.requests++
    await driver.batch(statements, 'write')
    statements = []
    size = 0
  }
  return {
    flush,
    async add(statement) {
      const weight = sizeOf(statement)
      if (size + weight > MAX_REQUEST_LENGTH || statements.length >= MAX_STATEMENTS) await flush()
      statements.push(statement)
      size += weight
      for (const param of statement.params)
        if (param instanceof Uint8Array) report.bytes += param.length
    },
  }
}

/** Bytes travel as base 64. */
function sizeOf({ sql, params }: SqlStatement): number {
  return params.reduce<number>((sum, param) => {
    if (param instanceof Uint8Array) return sum + param.length * 1.34
    return sum + (typeof param === 'string' ? param.length : 8)
  }, sql.length)
}

const KNOWN_MAPS = 'select id from klaxon_maps where id in (select value from json_each(?))'
const FILES_OF_RELEASE =
  'select file as id from klaxon_map_files where release = ? and file in (select value from json_each(?))'
const KNOWN_SOURCES =
  'select hash as id from klaxon_map_sources where hash in (select value from json_each(?))'

function knownMaps(
  driver: SqlBatch,
  files: readonly UploadFile[],
  report: UploadReport,
): Promise<Set<string>> {
  return idsOf(driver, { sql: KNOWN_MAPS, ids: files.map(({ digest }) => digest.id) }, report)
}

function knownSources(
  driver: SqlBatch,
  ids: readonly string[],
  report: UploadReport,
): Promise<Set<string>> {
  return idsOf(driver, { sql: KNOWN_SOURCES, ids }, report)
}

async function idsOf(
  driver: SqlBatch,
  { sql, ids }: { sql: string; ids: readonly string[] },
  report: UploadReport,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  report.requests++
  const [result] = await driver.batch([{ sql, params: [JSON.stringify(ids)] }], 'read')
  return new Set(result?.rows.map((row) => String(row['id'])))
}

/** Files may be equal: their maps are written once. */
function uniqueMaps(files: readonly UploadFile[]): UploadFile[] {
  return [...new Map(files.map((file) => [file.digest.id, file])).values()]
}

/** The files whose map was deleted while they were written. */
async function withoutMap(
  driver: SqlBatch,
  release: string,
  files: readonly UploadFile[],
  report: UploadReport,
): Promise<UploadFile[]> {
  report.requests++
  const names = JSON.stringify(files.map(({ file }) => file))
  const ids = JSON.stringify(files.map(({ digest }) => digest.id))
  const statements = [
    { sql: FILES_OF_RELEASE, params: [release, names] },
    { sql: KNOWN_MAPS, params: [ids] },
  ]
  const [written, known] = (await driver.batch(statements, 'read')).map(
    ({ rows }) => new Set(rows.map((row) => String(row['id']))),
  )
  return files.filter(({ file, digest }) => !written!.has(file) || !known!.has(digest.id))
}
