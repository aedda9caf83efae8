import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { isLibrary } from '../library.ts'
import { type Chunk, ChunkWriter, type DigestedSource } from './chunk-writer.ts'
import { type MapSource, type ParsedMap, STRIDE } from './raw-map.ts'

export type { Chunk, DigestedSource } from './chunk-writer.ts'

/** Segments of one chunk: a row of about 1 KB. Fewer cost more pages, more make a lookup slower. */
const CHUNK_SEGMENTS = 500
const MAX_SOURCE_PATH_LENGTH = 1_024
/** Bytes of a source's text, as it is and as it is stored: a row of D1 holds 2 MB. */
const MAX_SOURCE_TEXT_BYTES = 8_000_000
const MAX_STORED_TEXT_BYTES = 1_000_000

/** A source map in its stored form. */
export interface Digest {
  /** 32 hex digits of the digest's SHA-256, so equal digests have equal ids. */
  id: string
  debugId: string | null
  sources: DigestedSource[]
  chunks: Chunk[]
  /** Texts of the app's own sources, by hash. */
  texts: Map<string, string>
}

export interface DigestOptions {
  /** The path of a source, to show and to store. */
  path?: (source: MapSource) => string
  /** The text of a source that the map has no text of. */
  text?: (path: string, source: MapSource) => string | null
  /** Whether texts are stored. @default true */
  texts?: boolean
  /**
   * Whether all segments of libraries are kept.
   * @default false: one per line
   */
  whole?: boolean
  /** @default 500 */
  segments?: number
}

/**
 * Cuts a map into chunks that are read one by one. Of libraries it keeps a segment where the
 * original line changes, and no names, so that lines stay exact.
 * @throws MapError when the map's mappings are broken
 */
export function digest(map: ParsedMap, options: DigestOptions = {}): Digest {
  const texts = new Map<string, string>()
  const sources = map.sources.map((source) => digestSource(source, options, texts))
  const { segments: perChunk = CHUNK_SEGMENTS, whole = false } = options
  const writer = new ChunkWriter(sources, map.names)
  const isThin = (source: number): boolean => !whole && !(sources[source]?.inApp ?? false)
  map.eachLine((line, segments) => {
    // The result of a lookup at this place of the line: -1 before the line's first segment.
    let source = -2
    let originalLine = -1
    for (let first = 0; first < segments.length;) {
      const column = segments[first]!
      let last = first
      while (segments[last + STRIDE] === column) last += STRIDE
      // Lookups find only the first and the last of several segments at one column.
      const isKnown = (at: number): boolean =>
        segments[at + 1] === source &&
        isThin(source) &&
        (source < 0 || segments[at + 2] === originalLine)
      const known = isKnown(first) && isKnown(last)
      if (!known) {
        writer.startAt(line, column, perChunk)
        for (const at of first === last ? [first] : [first, last]) {
          if (at === last && at !== first && isKnown(at)) continue
          source = segments[at + 1]!
          originalLine = segments[at + 2]!
          writer.add(line, segments.slice(at, at + STRIDE), isThin(source))
        }
      }
      first = last + STRIDE
    }
  })
  const chunks = writer.end()
  return { id: idOf(map.debugId, chunks), debugId: map.debugId, sources, chunks, texts }
}

/** The stored bytes of a chunk or a text. */
export function pack(text: string): Uint8Array {
  return deflateSync(text, { level: 9 })
}

/**
 * The id depends on all that is stored: the same build is one map, a build with other sources is
 * another.
 */
function idOf(debugId: string | null, chunks: readonly Chunk[]): string {
  const hash = createHash('sha256').update(debugId ?? '')
  for (const { line, column, text } of chunks) hash.update(`\0${line}:${column}\0${text}`)
  return hash.digest('hex').slice(0, 32)
}

function digestSource(
  source: MapSource,
  { path = ({ name }) => name ?? '', text, texts = true }: DigestOptions,
  known: Map<string, string>,
): DigestedSource {
  const shown = path(source).slice(0, MAX_SOURCE_PATH_LENGTH)
  const inApp = shown !== '' && !source.ignored && !isLibrary(shown)
  const content = inApp && texts ? (source.content ?? text?.(shown, source) ?? null) : null
  if (content === null || content.length > MAX_SOURCE_TEXT_BYTES)
    return { path: shown, inApp, hash: null }
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 32)
  if (
    !known.has(hash) &&
    content.length > MAX_STORED_TEXT_BYTES &&
    pack(content).length > MAX_STORED_TEXT_BYTES
  )
    return { path: shown, inApp, hash: null }
  known.set(hash, content)
  return { path: shown, inApp, hash }
}
