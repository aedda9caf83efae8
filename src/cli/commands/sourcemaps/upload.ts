import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Digest, pack } from '../../../sourcemaps/digest/digest.ts'
import type { SqlBatch } from '../../../sourcemaps/reader.ts'
import {
  type UploadFile,
  type UploadReport,
  uploadFiles,
} from '../../../sourcemaps/upload/upload.ts'
import { IS_MAP_RETENTION_DUE, retentionStatements } from '../../../store/sql/map-retention.ts'
import { visible } from '../../../util/safe-text.ts'
import { CommandError, type Context, EXIT } from '../../command.ts'
import { type BuiltFile, builtFiles, withoutText } from './folder.ts'
import {
  batchOf,
  haveOwnDatabase,
  MAPS_OPTIONS,
  openMaps,
  RELEASE_OPTIONS,
  requireRelease,
} from './options.ts'
import { progressOf } from './progress.ts'
import { retrying } from './retrying.ts'

/** Scripts that are digested before they are sent. */
const GROUP_SCRIPTS = 50
/** Bytes of such scripts. */
const GROUP_BYTES = 10_000_000
/** Calls of retention after an upload. Each deletes 1,000 rows of each table. */
const MAX_RETENTION_CALLS = 20

/** `klaxon sourcemaps upload` */
export async function upload(args: string[], context: Context): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...MAPS_OPTIONS,
      ...RELEASE_OPTIONS,
      root: { type: 'string', default: '.' },
      'no-sources': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
    },
  })
  const root = resolve(context.cwd, values.root)
  const release = requireRelease(values, context)
  const files = builtFiles(positionals, { root, texts: !values['no-sources'] }, context)
  if (files.length === 0) throw new CommandError(noMaps(positionals))
  if (values['dry-run']) return dryRun(files, release, context)
  const database = await openMaps(values, context, { creates: true })
  try {
    const job = { driver: retrying(batchOf(database)), release, files }
    const { report, refused } = await send(job, context)
    if (haveOwnDatabase(values, context)) await retire(job.driver)
    context.stderr(`${summary(report, release)} to ${database.name}\n`)
    if (refused === 0) return EXIT.done
    return report.files === 0 ? EXIT.failed : EXIT.partlyDone
  } finally {
    await database.close()
  }
}

export function noMaps(folders: readonly string[]): string {
  return `no script in ${folders.join(', ')} has a source map: build with maps (wrangler deploy \
--outdir dist, esbuild --sourcemap, vite build.sourcemap)`
}

async function send(
  { driver, release, files }: { driver: SqlBatch; release: string; files: BuiltFile[] },
  context: Context,
): Promise<{ report: UploadReport; refused: number }> {
  const report: UploadReport = { files: 0, maps: 0, rows: 0, bytes: 0, requests: 0 }
  const progress = progressOf(context)
  let refused = 0
  let group: UploadFile[] = []
  let done = 0
  const flush = async (): Promise<void> => {
    if (group.length === 0) return
    progress.say(`sending ${done} of ${files.length}: ${group.at(-1)!.file}`)
    add(report, await uploadFiles(driver, release, group))
    group = []
  }
  try {
    for (const found of files) {
      done++
      progress.say(`reading ${done} of ${files.length}: ${found.file}`)
      const made = digestOrWarn(found, context)
      if (made === null) refused++
      else group.push({ file: found.file, bytes: found.bytes, digest: made })
      const bytes = group.reduce((sum, file) => sum + file.bytes, 0)
      if (group.length >= GROUP_SCRIPTS || bytes >= GROUP_BYTES) await flush()
    }
    await flush()
  } finally {
    progress.end()
  }
  return { report, refused }
}

/** Applies retention to maps, because no app maintains a database of maps alone. */
async function retire(driver: SqlBatch): Promise<void> {
  for (let calls = 0; calls < MAX_RETENTION_CALLS; calls++) {
    const [due] = await driver.batch([{ sql: IS_MAP_RETENTION_DUE, params: [] }], 'read')
    if (due?.rows.length !== 1) return
    await driver.batch(retentionStatements(), 'write')
  }
}

/** Continues after a broken map. */
function digestOrWarn(found: BuiltFile, context: Context): Digest | null {
  try {
    return found.digest()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    context.stderr(`klaxon: ${visible(error.message)}\n`)
    return null
  }
}

function dryRun(files: readonly BuiltFile[], release: string, context: Context): number {
  let refused = 0
  for (const found of files) {
    const made = digestOrWarn(found, context)
    if (made === null) {
      refused++
      continue
    }
    const bytes = made.chunks.reduce((sum, { text }) => sum + pack(text).length, 0)
    const cells = [
      found.file,
      `${made.chunks.length} rows`,
      kilobytes(bytes),
      `${made.texts.size} sources`,
    ]
    context.stdout(`${cells.map(visible).join('\t')}\n`)
    const missing = withoutText(made).length
    if (missing > 0) context.stderr(`${visible(found.file)}: ${missing} sources have no text\n`)
  }
  context.stderr(
    `${plural(files.length - refused, 'file')} of release ${visible(release)}; nothing was sent\n`,
  )
  if (refused === 0) return EXIT.done
  return refused === files.length ? EXIT.failed : EXIT.partlyDone
}

function add(sum: UploadReport, part: UploadReport): void {
  for (const key of Object.keys(sum) as (keyof UploadReport)[]) sum[key] += part[key]
}

function summary({ files, maps, rows, bytes }: UploadReport, release: string): string {
  const what = `${plural(files, 'file')} of release ${visible(release)}`
  return `${what}: ${plural(maps, 'new map')}, ${plural(rows, 'row')}, ${kilobytes(bytes)}`
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1_000)} KB`
