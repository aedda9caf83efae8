import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Digest } from '../../../sourcemaps/digest/digest.ts'
import { memoryReader } from '../../../sourcemaps/digest/memory-reader.ts'
import { visible } from '../../../util/safe-text.ts'
import { CommandError, type Context, DATABASE_OPTIONS, type Database, EXIT } from '../../command.ts'
import { type BuiltFile, builtFiles, withoutText } from './folder.ts'
import { batchOf, findRelease, RELEASE_OPTIONS, unlessMissing } from './options.ts'
import { publicMaps } from './public-maps.ts'
import { progressOf } from './progress.ts'
import { resolvedOf } from './resolved.ts'
import { noMaps } from './upload.ts'

/** `klaxon sourcemaps check` */
export async function check(args: string[], context: Context): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...DATABASE_OPTIONS, ...RELEASE_OPTIONS, root: { type: 'string', default: '.' } },
  })
  const root = resolve(context.cwd, values.root)
  const files = builtFiles(positionals, { root, texts: true }, context)
  if (files.length === 0) throw new CommandError(noMaps(positionals))
  const digests = checkFiles(files, context)
  for (const warning of publicMaps(files, values, context)) context.stderr(`${warning}\n`)
  const release = findRelease(values, context)
  const database = await unlessMissing(values, () => context.openDatabase(values))
  if (database === null) {
    context.stderr('no database: only the files were checked\n')
    return digests.size === files.length ? EXIT.done : EXIT.failed
  }
  try {
    const resolves = await checkFailures({ database, digests, release }, context)
    return resolves && digests.size === files.length ? EXIT.done : EXIT.failed
  } finally {
    await database.close()
  }
}

/** Prints a line for each script. @returns the usable digests */
function checkFiles(files: readonly BuiltFile[], context: Context): Map<string, Digest> {
  const digests = new Map<string, Digest>()
  const progress = progressOf(context)
  for (const found of files) {
    progress.say(`reading ${found.file}`)
    try {
      const made = found.digest()
      digests.set(found.file, made)
      progress.end()
      context.stdout(`${lineOf(found, made)}\n`)
    } catch (error) {
      progress.end()
      if (!(error instanceof CommandError)) throw error
      context.stderr(`klaxon: ${visible(error.message)}\n`)
    }
  }
  return digests
}

function lineOf({ file, isHidden }: BuiltFile, made: Digest): string {
  const own = made.sources.filter(({ inApp }) => inApp).length
  const missing = withoutText(made).length
  const cells = [
    file,
    made.debugId === null ? 'no debug id' : `debug id ${made.debugId}`,
    `${own} sources of yours${missing === 0 ? '' : `, ${missing} without text`}`,
    ...(isHidden ? ['hidden map'] : []),
  ]
  return cells.map(visible).join('\t')
}

/** Whether the maps resolve frames of stored failures; true when none is stored yet. */
async function checkFailures(
  job: { database: Database; digests: ReadonlyMap<string, Digest>; release: string | undefined },
  context: Context,
): Promise<boolean> {
  const { database, digests, release } = job
  const maps = memoryReader([...digests].map(([file, made]) => ({ file, digest: () => made })))
  const { failures, frames, mapped, doubtful } = await resolvedOf(batchOf(database), release, maps)
  const of = release === undefined ? '' : ` of release ${visible(release)}`
  if (failures === 0) {
    context.stderr(`no failure${of} with a stack is stored in ${database.name} yet\n`)
    return true
  }
  context.stderr(`the last ${failures} failures${of}: ${mapped} of ${frames} frames resolve\n`)
  if (doubtful > 0)
    context.stderr(`stacks that seem to be of another build than these maps: ${doubtful}\n`)
  if (mapped === 0) context.stderr(`nothing resolves: are these the maps of what is deployed?\n`)
  return mapped > 0 && doubtful < failures
}
