import type { Source } from './flow.ts'
import { isWorkerd } from './runtime.ts'
import { concat } from './shape.ts'
import { encodeUtf8 } from '../../util/utf8.ts'

/** Bytes of one read, on a runtime that lets us choose. workerd otherwise reads 4 KB. */
const CHUNK_BYTES = 65_536

interface Reader {
  read(): Promise<{ done: boolean; value?: unknown }>
  cancel(reason?: unknown): Promise<void>
}

/** A body that can be read ahead. The chunks that were read ahead come first. */
export class Body implements Source {
  /** Bytes read so far. */
  size = 0

  readonly #reader: Reader
  /** Chunks that were read ahead. */
  readonly #chunks: Uint8Array[] = []
  /** The current read, or the last one: at the end, or failed. */
  #reading: Promise<Uint8Array | null> | null = null

  constructor(stream: ReadableStream<Uint8Array>, large = true) {
    this.#reader = large ? readerOf(stream) : stream.getReader()
  }

  /**
   * Reads a chunk ahead; null at the end. Rejects as the source does. Concurrent calls share one
   * read.
   */
  read(): Promise<Uint8Array | null> {
    return (this.#reading ??= this.#reader.read().then((read) => this.#take(read)))
  }

  /** The bytes that were read ahead. */
  held(): Uint8Array<ArrayBuffer> {
    const [only] = this.#chunks
    return this.#chunks.length === 1 ? (only as Uint8Array<ArrayBuffer>) : concat(this.#chunks)
  }

  /** The next chunk; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#chunks.length === 0 && (await this.read()) === null) return null
    return this.#chunks.shift() ?? null
  }

  /** Reads the end of a body without more bytes. That frees its connection. */
  drain(): void {
    // A failure could not cut anything, because all bytes are there.
    this.read().catch(() => {})
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  #take({ done, value }: { done: boolean; value?: unknown }): Uint8Array | null {
    if (done) return null
    const chunk = bytesOf(value)
    this.size += chunk.length
    this.#chunks.push(chunk)
    this.#reading = null
    return chunk
  }
}

function readerOf(stream: ReadableStream<Uint8Array>): Reader {
  if (!isWorkerd()) return stream.getReader()
  try {
    return new LargeReader(stream)
  } catch {
    // A JavaScript stream that is not a byte stream has its own chunks.
    return stream.getReader()
  }
}

/** Reads up to `CHUNK_BYTES` at once. */
class LargeReader implements Reader {
  readonly #reader: ReadableStreamBYOBReader
  #spare: ArrayBuffer | null = null

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: 'byob' })
  }

  async read(): Promise<{ done: boolean; value?: Uint8Array }> {
    const room = new Uint8Array(this.#spare ?? new ArrayBuffer(CHUNK_BYTES))
    this.#spare = null
    const { done, value } = await this.#reader.read(room)
    if (done) return { done }
    if (value.length > CHUNK_BYTES / 2) return { done, value }
    // A small chunk is copied, so that it does not keep the large buffer.
    const copy = value.slice()
    this.#spare = value.buffer
    return { done, value: copy }
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }
}

/**
 * The bytes of a chunk, of any kind that some runtime accepts. Other chunks fail, as they would
 * there.
 */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return encodeUtf8(value)
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError('a body is made of bytes')
}
