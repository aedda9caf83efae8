import type { Source } from './_flow.ts'
import { isWorkerd } from './_runtime.ts'

/** Bytes asked for at once where a runtime lets us ask; workerd gives 4 KB otherwise. */
const CHUNK = 65_536

interface Reader {
  read(): Promise<{ done: boolean; value?: unknown }>
  cancel(reason?: unknown): Promise<void>
}

/** A body that is read from the front: first some of it to look at, then the rest as it comes. */
export class Body implements Source {
  readonly #reader: Reader
  /** Read and not yet given on. */
  readonly #chunks: Uint8Array[] = []
  #size = 0
  /** The read that is under way, or the last one: at the end, or failed. */
  #reading: Promise<boolean> | null = null

  constructor(stream: ReadableStream<Uint8Array>, large = true) {
    this.#reader = large ? readerOf(stream) : stream.getReader()
  }

  /**
   * Reads ahead. All chunks when the body ends within `limit` bytes, and within `ms` of its first
   * chunk where that is given; otherwise null, and `next` gives them one by one. Rejects as the
   * source does.
   */
  async all(limit: number, ms: number | null): Promise<Uint8Array[] | null> {
    if (await this.#readOn()) return this.#chunks
    let timer: ReturnType<typeof setTimeout> | undefined
    const late =
      ms !== null && new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)))
    try {
      while (this.#size <= limit) {
        const read = this.#readOn()
        const ended = await (late === false ? read : Promise.race([read, late]))
        if (ended !== false) return ended && this.#chunks
      }
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  /** Bytes read so far. */
  get size(): number {
    return this.#size
  }

  /** The next chunk; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#chunks.length === 0 && (await this.#readOn())) return null
    return this.#chunks.shift() ?? null
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  /** One read at a time, shared by whoever waits for it; true at the end. */
  #readOn(): Promise<boolean> {
    return (this.#reading ??= this.#read())
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return true
    const chunk = bytesOf(value)
    this.#size += chunk.length
    this.#chunks.push(chunk)
    this.#reading = null
    return false
  }
}

function readerOf(stream: ReadableStream<Uint8Array>): Reader {
  if (!isWorkerd()) return stream.getReader()
  try {
    return new LargeReader(stream)
  } catch {
    // A stream made in JavaScript that is no byte stream has chunks of its own.
    return stream.getReader()
  }
}

/** Reads up to `CHUNK` bytes at once. */
class LargeReader implements Reader {
  readonly #reader: ReadableStreamBYOBReader
  #spare: ArrayBuffer | null = null

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: 'byob' })
  }

  async read(): Promise<{ done: boolean; value?: Uint8Array }> {
    const room = new Uint8Array(this.#spare ?? new ArrayBuffer(CHUNK))
    this.#spare = null
    const { done, value } = await this.#reader.read(room)
    if (done || value === undefined) return { done: true }
    if (value.length > CHUNK / 2) return { done, value }
    // A small chunk does not keep the large buffer.
    const copy = value.slice()
    this.#spare = value.buffer
    return { done, value: copy }
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }
}

/**
 * The chunks that one runtime or another takes from a stream; the rest fails here as it would
 * there.
 */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw new TypeError('a body is made of bytes')
}
