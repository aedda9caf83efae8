import { addContext } from './context.ts'
import { isDoubtful } from './doubt.ts'
import { KLAXON_FRAME } from '../util/frames.ts'
import type { FoundFrame, Frame, Symbolicated } from './frame.ts'
import { type ParsedFrame, parseStack } from './parse-stack.ts'
import { inflate } from './inflate.ts'
import { isLibrary, isLibraryFile } from './library.ts'
import { type MapsSource, readerOf } from './maps-source.ts'
import type { ChunkRow, MatchedBy, Place, SourceMapReader } from './reader.ts'
import { findSegment, type Original } from './segment.ts'
import {
  headOf,
  inputOf,
  type LooseStack,
  type OccurrenceStacks,
  type StackInput,
} from './stack-input.ts'

export interface SymbolicateOptions {
  /** The maps: a store, or a reader of another place. */
  maps: MapsSource
  /** Lines of source to each frame of the app's own code; 0: none. @default 5 */
  context?: number
  /** Redacts source lines before they are shown. */
  redact?: (text: string) => string
}

/** Frames of one stack, and of all of them: a stack is at most 16 KB. */
const MAX_FRAMES_PER_STACK = 50
const MAX_ALL_FRAMES = 100
/**
 * Files that the runtime mapped itself or never bundled: on Deno, Bun, Node with type stripping,
 * and in a Tail Worker.
 */
const SOURCE_FILE = /\.(?:[cm]?tsx?|jsx|vue|svelte|astro|mdx)(?:[?#].*)?$/i

/**
 * Finds the places in the sources of an error's frames and of its causes'. Never throws: what
 * cannot be mapped stays as it is, and `hint` says why.
 * @example
 * const { frames, doubtful } = await symbolicate(occurrence, { maps: store, context: 5 })
 */
export async function symbolicate(
  value: OccurrenceStacks | LooseStack,
  { maps, context = 5, redact }: SymbolicateOptions,
): Promise<Symbolicated> {
  const input = inputOf(value)
  const stacks = parseAll(input)
  const all = stacks.flat()
  const wanted = all.filter(({ frame }) => frame.state === 'no map')
  const result = {
    matchedBy: null as MatchedBy | null,
    doubtful: false,
    hint: null as string | null,
  }
  try {
    const reader = readerOf(maps)
    if (wanted.length > 0) {
      const rows = await reader.chunks(wanted.map(({ parsed }) => placeOf(parsed, input)))
      await fill(wanted, rows)
      result.matchedBy = rows.find((row) => row !== null)?.matchedBy ?? null
      if (result.matchedBy === null) result.hint = await hintOf(reader, input, context > 0)
    }
    for (const stack of stacks) nameByCaller(stack)
    for (const found of all) found.text = localText(found, reader, input)
    if (result.matchedBy === null && all.some(({ text }) => text !== null)) {
      result.matchedBy = 'local file'
      result.hint = null
    }
    const texts = await addContext(all, reader, { context, redact })
    result.doubtful = stacks.some((stack) => isDoubtful(stack, texts, input.runtime))
  } catch (error) {
    // The database may be away. A stack without places is better than none.
    result.hint =
      error instanceof Error && error.name === 'StoreError' ? error.message : UNREADABLE_MAPS
  }
  if (result.doubtful) for (const { frame, original } of all) if (original) frame.state = 'doubtful'
  const [frames = [], ...causes] = stacks.map((stack) => stack.map(({ frame }) => frame))
  return {
    frames,
    causes: causes.map((list, i) => ({
      name: input.stacks[i + 1]!.name ?? '',
      message: input.stacks[i + 1]!.message ?? '',
      frames: list,
    })),
    ...result,
  }
}

const UNREADABLE_MAPS = 'the source maps could not be read'

function parseAll(input: StackInput): FoundFrame[][] {
  let left = MAX_ALL_FRAMES
  return input.stacks.map((stack) => {
    const parsed = parseStack(stack.stack ?? '', headOf(stack)).slice(
      0,
      Math.min(MAX_FRAMES_PER_STACK, left),
    )
    left -= parsed.length
    return parsed.map((frame, i) => ({
      parsed: frame,
      frame: bareFrame(frame, isBunEval(parsed, i, input)),
      original: null,
      text: null,
    }))
  })
}

function bareFrame(parsed: ParsedFrame, isUnknowable: boolean): Frame {
  const { raw, kind, isAsync, isConstructor, file, line, column } = parsed
  const isCode = kind === 'code' || kind === 'eval'
  const state = isUnknowable
    ? 'other'
    : !isCode
      ? kind
      : SOURCE_FILE.test(file ?? '')
        ? 'source'
        : 'no map'
  const inApp = isCode && file !== null && !isLibraryFile(file) && !isKlaxons(parsed)
  return {
    raw,
    state: file === null && isCode ? 'other' : state,
    function: parsed.function,
    isAsync,
    isConstructor,
    file,
    line,
    column,
    inApp,
  }
}

/** Whether the function is klaxon's, wherever its file is: in a bundle, or in a checkout. */
function isKlaxons({ function: name }: ParsedFrame): boolean {
  return name !== null && KLAXON_FRAME.test(name)
}

/**
 * Whether a frame may be code in `eval` on Bun. Bun gives it line 1 and the bundle's name, so it
 * looks like the bundle's line 1.
 */
function isBunEval(parsed: readonly ParsedFrame[], at: number, { runtime }: StackInput): boolean {
  if (runtime !== 'bun' || parsed[at]!.line !== 1) return false
  const rest = parsed.slice(at + 1)
  const evals = rest.findIndex((frame) => frame.function === 'eval')
  return evals >= 0 && rest.slice(0, evals).every(({ line }) => line === 1)
}

function placeOf({ file, line, column }: ParsedFrame, input: StackInput): Place {
  const { release, occurredAt } = input
  const debugId = input.debugIdOf(file!)
  return { file: file!, line: line! - 1, column: column! - 1, debugId, release, occurredAt }
}

async function fill(
  wanted: readonly FoundFrame[],
  rows: readonly (ChunkRow | null)[],
): Promise<void> {
  const texts = new Map<string, Promise<string | null>>()
  const textOf = (row: ChunkRow): Promise<string | null> => {
    const key = `${row.mapId}:${row.line}:${row.column}`
    const known = texts.get(key) ?? inflate(row.data).catch(() => null)
    texts.set(key, known)
    return known
  }
  await Promise.all(
    wanted.map(async (found, i) => {
      const row = rows[i]
      if (!row) return
      const { frame, parsed } = found
      found.original = originalAt(await textOf(row), row, parsed)
      if (!found.original) {
        frame.state = 'no segment'
        return
      }
      const { path, line, column } = found.original
      const inApp = found.original.inApp && !isKlaxons(parsed)
      frame.state = row.matchedBy === 'time' ? 'guessed' : 'mapped'
      frame.file = path
      frame.inApp = inApp
      frame.line = line + 1
      frame.column = inApp ? column + 1 : null
    }),
  )
}

function originalAt(
  text: string | null,
  row: ChunkRow,
  { line, column }: ParsedFrame,
): Original | null {
  try {
    return text === null
      ? null
      : findSegment(text, row.line, { line: line! - 1, column: column! - 1 })
  } catch {
    // The row is damaged. The frame stays as it is.
    return null
  }
}

/** The source's text, if no map was needed and the source is on this machine. */
function localText(
  { frame, parsed }: FoundFrame,
  reader: SourceMapReader,
  input: StackInput,
): string | null {
  if ((frame.state !== 'source' && frame.state !== 'no map') || !reader.file) return null
  const local = reader.file({ file: frame.file!, occurredAt: input.occurredAt })
  if (!local) return null
  frame.file = local.path
  frame.inApp = !local.isKlaxons && !isLibrary(local.path) && !isKlaxons(parsed)
  return local.text
}

/** Names that a minifier gives. */
const SHORT_NAME = /^[\w$]{1,3}$/

/** Gives a minified function the name by which its caller calls it. */
function nameByCaller(stack: readonly FoundFrame[]): void {
  stack.forEach(({ frame, original }, i) => {
    const caller = stack[i + 1]?.original
    if (!original || !caller?.exact || caller.name === null) return
    if (frame.function !== null && SHORT_NAME.test(frame.function)) frame.function = caller.name
  })
}

async function hintOf(
  reader: SourceMapReader,
  { release }: StackInput,
  counts: boolean,
): Promise<string> {
  const what =
    release === null
      ? 'no release is recorded, and no map fits by time'
      : `no map for release ${release}`
  if (!counts || !reader.releases) return what
  const releases = await reader.releases()
  const have = releases === 1 ? 'release has' : 'releases have'
  return `${what}; ${releases === 0 ? 'none is uploaded' : `${releases} ${have} some`}`
}
