import { parseArgs } from 'node:util'
import { deleteReleaseStatements, remainsStatement } from '../../../store/sql/map-retention.ts'
import type { SqlBatch } from '../../../sourcemaps/reader.ts'
import { CommandError, type Context, EXIT } from '../../command.ts'
import { batchOf, MAPS_OPTIONS, openMaps } from './options.ts'
import { progressOf } from './progress.ts'
import { retrying } from './retrying.ts'

/** `klaxon sourcemaps delete` */
export async function deleteRelease(args: string[], context: Context): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...MAPS_OPTIONS, release: { type: 'string' }, yes: { type: 'boolean', short: 'y' } },
  })
  const release = values.release?.trim()
  if (!release) throw new CommandError('say which with --release', EXIT.usage)
  const database = await openMaps(values, context)
  try {
    const driver = retrying(batchOf(database))
    const files = await countFiles(driver, release)
    if (files === 0) {
      context.stderr(`release ${release} has no maps in ${database.name}\n`)
      return EXIT.notFound
    }
    const what = `the maps of release ${release} (${files} file${files === 1 ? '' : 's'}) from ${database.name}`
    if (values.yes !== true && !(await context.confirm(`Delete ${what}?`)))
      throw new CommandError(`nothing is deleted: confirm with --yes to delete ${what}`, EXIT.usage)
    await sweep(driver, release, context)
    context.stderr(`deleted ${what}\n`)
    return EXIT.done
  } finally {
    await database.close()
  }
}

async function countFiles(driver: SqlBatch, release: string): Promise<number> {
  const sql = 'select count(*) as files from klaxon_map_files where release = ?'
  const [result] = await driver.batch([{ sql, params: [release] }], 'read')
  return Number(result?.rows[0]?.['files'] ?? 0)
}

/** Deletes 1,000 rows at a time, so that no transaction is long. */
async function sweep(driver: SqlBatch, release: string, context: Context): Promise<void> {
  const progress = progressOf(context)
  for (let part = 1; !context.signal.aborted; part++) {
    progress.say(`deleting, part ${part}`)
    await driver.batch(deleteReleaseStatements(release), 'write')
    const [result] = await driver.batch([remainsStatement(release)], 'read')
    if (Number(result?.rows[0]?.['remains']) !== 1) break
  }
  progress.end()
}
