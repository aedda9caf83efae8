import { parseArgs } from 'node:util'
import { createRedactor } from '../../redact/redactor.ts'
import { localReader } from '../../sourcemaps/digest/local-reader.ts'
import { memoryReader } from '../../sourcemaps/digest/memory-reader.ts'
import { format } from '../../sourcemaps/format.ts'
import type { Symbolicated } from '../../sourcemaps/frame.ts'
import { type SourceMapReader, sqlReader } from '../../sourcemaps/reader.ts'
import { symbolicate } from '../../sourcemaps/symbolicate.ts'
import { type Command, CommandError, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { builtFiles } from './sourcemaps/folder.ts'
import {
  batchOf,
  findRelease,
  MAPS_OPTIONS,
  openMaps,
  RELEASE_OPTIONS,
  unlessMissing,
} from './sourcemaps/options.ts'

/** Characters of a stack that are read. */
const MAX_PASTED_STACK_LENGTH = 1_000_000
/** Characters of the lines around a frame, for the redactor. */
const MAX_CONTEXT_LENGTH = 65_536

const NOT_HERE = 'no map beside this file is on this machine, and no database is configured'

export const symbolicateCommand: Command = {
  name: 'symbolicate',
  summary: 'show a stack in your own lines',
  help: `klaxon symbolicate [--release <r>] < stack.txt

Reads a stack and shows it in your own lines, by the maps that are uploaded, or by those that lie
beside the script on this machine. Ends with 3 when no frame is mapped.

  --release <r>      the release that failed; also --wrangler-output <file> and KLAXON_RELEASE.
                     Without: the newest upload
  --folder <folder>  use the maps of this folder instead of the database
  --context <n>      lines of source to each frame of yours. Default: 5
  --own              leave out frames of libraries
  --json
  --maps-db <url>    a database for maps alone; also KLAXON_MAPS_URL
${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...MAPS_OPTIONS,
        ...RELEASE_OPTIONS,
        folder: { type: 'string' },
        context: { type: 'string', default: '5' },
        own: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    const lines = countOf(values.context)
    const release = findRelease(values, context) ?? null
    const stack = await readStack(context)
    const maps = await openReader(values, context)
    try {
      const found = await symbolicate(
        { stack, release },
        { maps: localReader(context.cwd, maps.reader), context: lines, redact: redactSource },
      )
      // No database was asked, and only one knows releases.
      const hint = maps.reader === null && found.hint !== null ? NOT_HERE : found.hint
      print({ ...found, hint }, values, context)
      return found.matchedBy === null ? EXIT.notFound : EXIT.done
    } finally {
      await maps.close()
    }
  },
}

interface OpenReader {
  /** null uses only maps on this machine. */
  reader: SourceMapReader | null
  close(): Promise<void>
}

async function openReader(
  flags: Parameters<typeof openMaps>[0] & { folder?: string | undefined },
  context: Context,
): Promise<OpenReader> {
  if (flags.folder !== undefined) {
    const files = builtFiles([flags.folder], { root: context.cwd, texts: true }, context)
    return { reader: memoryReader(files), close: async () => {} }
  }
  const database = await unlessMissing(flags, () => openMaps(flags, context))
  if (database === null) return { reader: null, close: async () => {} }
  return { reader: sqlReader(batchOf(database)), close: () => database.close() }
}

/** Restores an engine's indentation, which a log or chat may have changed. */
async function readStack(context: Context): Promise<string> {
  if (context.isTTY.stdin) context.stderr('paste a stack, then press Ctrl-D\n')
  let stack = ''
  for await (const line of context.stdin()) {
    stack += `${line.replace(/^\s*at /, '    at ')}\n`
    if (stack.length > MAX_PASTED_STACK_LENGTH)
      throw new CommandError('that is no stack: it is over 1 MB')
  }
  if (stack.trim() === '') throw new CommandError('standard input has no stack', EXIT.usage)
  return stack
}

function print(
  found: Symbolicated,
  { own, json }: { own: boolean; json: boolean },
  context: Context,
): void {
  if (json) {
    context.stdout(`${JSON.stringify(found, null, 2)}\n`)
    return
  }
  const text = format(found.frames, { libraries: !own })
  if (text !== '') context.stdout(`${text}\n`)
  if (found.frames.length === 0) context.stderr('the input has no frames\n')
  else if (found.hint !== null) context.stderr(`${found.hint}\n`)
  if (found.doubtful) context.stderr('the maps seem to be of another build: places may be wrong\n')
}

/** Redacts source lines, which may contain keys. The redactor is made at the first use. */
export function redactSource(text: string): string {
  redactor ??= createRedactor(undefined, [])
  redactor.begin()
  return redactor.text(text, MAX_CONTEXT_LENGTH)
}
let redactor: ReturnType<typeof createRedactor> | undefined

function countOf(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 0 && count <= 100) return count
  throw new CommandError('--context must be a whole number up to 100', EXIT.usage)
}
