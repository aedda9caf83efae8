import { encodeNumber } from '../mappings.ts'
import type { ChunkHeader } from '../segment.ts'

/** Characters of a chunk at most. Long names and paths may fill it before its segments do. */
const MAX_CHUNK_LENGTH = 65_536
const MAX_IDENTIFIER_LENGTH = 256
/** Empty lines within a chunk at most. */
const MAX_GAP_LINES = 1_000

/** A part of a map that is readable without the others. */
export interface Chunk {
  /** Position of its first segment, from 0. */
  line: number
  column: number
  /** The header, a line feed, and the mappings. */
  text: string
}

export interface DigestedSource {
  path: string
  inApp: boolean
  /** Hash of the text; null when it is not stored. */
  hash: string | null
}

/** Writes segments, in order, into chunks that are readable alone. */
export class ChunkWriter {
  private readonly chunks: Chunk[] = []
  private readonly sources: readonly DigestedSource[]
  private readonly names: readonly string[]
  private header: ChunkHeader = { s: [], n: [] }
  private localSources = new Map<number, number>()
  private localNames = new Map<number, number>()
  private mappings = ''
  private headerSize = 0
  private count = 0
  private start = { line: 0, column: 0 }
  private last = { line: 0, column: 0, source: 0, originalLine: 0, originalColumn: 0, name: 0 }

  constructor(sources: readonly DigestedSource[], names: readonly string[]) {
    this.sources = sources
    this.names = names
  }

  /** Begins a chunk when the last one is full. Segments of one column stay together. */
  startAt(line: number, column: number, perChunk: number): void {
    const size = this.headerSize + this.mappings.length
    const gap = line - this.last.line
    if (this.count >= perChunk || size > MAX_CHUNK_LENGTH || gap > MAX_GAP_LINES) this.close()
    if (this.count > 0) return
    this.start = { line, column }
    this.last.line = line
  }

  add(line: number, segment: readonly number[], thin: boolean): void {
    const [column = 0, source = -1, originalLine = 0, originalColumn = 0, name = -1] = segment
    const { last } = this
    if (line > last.line) {
      this.mappings += ';'.repeat(line - last.line)
      last.line = line
      last.column = 0
    } else if (this.count > 0) this.mappings += ','
    this.mappings += encodeNumber(column - last.column)
    last.column = column
    this.count++
    if (source < 0) return
    const local = this.localSource(source)
    this.mappings +=
      encodeNumber(local - last.source) +
      encodeNumber(originalLine - last.originalLine) +
      encodeNumber(originalColumn - last.originalColumn)
    last.source = local
    last.originalLine = originalLine
    last.originalColumn = originalColumn
    if (name < 0 || thin) return
    const localName = this.localName(name)
    this.mappings += encodeNumber(localName - last.name)
    last.name = localName
  }

  end(): Chunk[] {
    this.close()
    return this.chunks
  }

  private localSource(source: number): number {
    const known = this.localSources.get(source)
    if (known !== undefined) return known
    const { path, inApp, hash } = this.sources[source]!
    this.headerSize += path.length + 48
    this.localSources.set(source, this.header.s.length)
    return this.header.s.push([path, inApp ? 1 : 0, hash]) - 1
  }

  private localName(name: number): number {
    const known = this.localNames.get(name)
    if (known !== undefined) return known
    const text = this.names[name]!.slice(0, MAX_IDENTIFIER_LENGTH)
    this.headerSize += text.length + 4
    this.localNames.set(name, this.header.n.length)
    return this.header.n.push(text) - 1
  }

  private close(): void {
    if (this.count === 0) return
    this.chunks.push({ ...this.start, text: `${JSON.stringify(this.header)}\n${this.mappings}` })
    this.header = { s: [], n: [] }
    this.localSources = new Map()
    this.localNames = new Map()
    this.mappings = ''
    this.headerSize = 0
    this.count = 0
    this.last = { line: 0, column: 0, source: 0, originalLine: 0, originalColumn: 0, name: 0 }
  }
}
