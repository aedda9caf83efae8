import { Scanner } from '../json/scanner.ts'
import {
  concat,
  END,
  isOnlyMessage,
  isValid,
  MESSAGE_PREFIX,
  NULL,
  type Shape,
  shapeOf,
} from './shape.ts'

/** Undecided whether the body changes. Everything is held back. */
const OPEN = 0
const WRAPPING = 1
/** The rest goes out unchanged. */
const RAW = 2

/** The character SUBSTITUTE. No JSON parser accepts it outside of a string. */
const SUBSTITUTE = Uint8Array.of(0x1a)

/**
 * `splice` for a body in chunks that is too long to hold. The bytes are the same. When a body turns
 * out to be invalid after the prefix has gone out, all of its bytes go out, with a control
 * character before the invalid one, so that the result is invalid too. A body that ends too early
 * leaves the envelope without its closing brace.
 */
export class Splicer {
  readonly #scan: Scanner
  readonly #shape: Shape
  #mode = OPEN
  #isMessageOnly = false
  #closed = false
  #message: Uint8Array | null = null
  /**
   * Chunks with bytes that have not gone out yet.
   */
  #chunks: Uint8Array[] = []
  /** Offset of the first of these chunks. */
  #base = 0
  /** Offset of the first byte that has not gone out. */
  #sent = 0

  /**
   * @param limit bytes; see `Members`.
   * @param hurried see `Members`
   */
  constructor(status: number, limit: number, hurried = false) {
    this.#shape = shapeOf(status)
    this.#scan = new Scanner(limit, hurried)
  }

  /** Whether the body is enveloped; null while undecided. */
  get wraps(): boolean | null {
    if (this.#mode === OPEN) return null
    return this.#mode === WRAPPING
  }

  /** Adds a chunk. @returns the bytes that can go out, as views of chunks */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#mode === RAW) return [chunk]
    this.#scan.push(chunk)
    this.#chunks.push(chunk)
    return this.#advance(false)
  }

  /** Ends the body. @returns the rest of the bytes */
  finish(): Uint8Array[] {
    if (this.#mode === RAW) return []
    this.#scan.finish()
    return this.#advance(true)
  }

  #advance(last: boolean): Uint8Array[] {
    const out: Uint8Array[] = []
    const { failed, end, members, pos } = this.#scan
    if (this.#mode === OPEN) {
      this.#mode = this.#decide(last)
      if (this.#mode === OPEN) return out
      if (this.#mode === RAW) return this.#rest(out)
      this.#open(out)
    } else if (!this.#collect()) return this.#spoil(out)

    if (failed >= 0) {
      this.#send(out, failed)
      return last ? out : this.#spoil(out)
    }
    const { moves } = this.#shape
    if (end < 0) this.#send(out, moves && members.pending >= 0 ? members.pending : pos)
    else {
      if (!this.#closed) this.#close(out)
      this.#send(out, pos)
    }
    return out
  }

  #decide(last: boolean): number {
    const { failed, members, start, end, pos, isUnproven } = this.#scan
    const { limit, envelope, kept } = members
    if (failed >= 0 || envelope === true) return RAW
    if (start < 0 ? pos > limit : start > limit) return RAW
    const isObject = members.start >= 0
    if (isUnproven || (isObject && envelope === null)) return OPEN
    if (!this.#shape.moves) {
      const mayBeMessageOnly = isObject && kept === 0 && end < 0 && pos - start <= limit
      if (mayBeMessageOnly && !last) return OPEN
      this.#isMessageOnly = isOnlyMessage(this.#scan)
    }
    return this.#collect() ? WRAPPING : RAW
  }

  #open(out: Uint8Array[]): void {
    const { start } = this.#scan
    out.push(...this.#views(0, start), this.#shape.prefixBytes)
    this.#sent = start
  }

  #close(out: Uint8Array[]): void {
    const { end } = this.#scan
    this.#closed = true
    if (this.#isMessageOnly) this.#sent = end
    else this.#send(out, end)
    if (this.#shape.moves) out.push(MESSAGE_PREFIX, this.#message ?? NULL)
    else if (this.#isMessageOnly) out.push(this.#message ?? NULL)
    out.push(END)
  }

  /** Copies finished messages. @returns false when a replaced one was invalid */
  #collect(): boolean {
    const { cuts, messages } = this.#scan.members
    if (!this.#shape.moves) cuts.length = 0
    for (let i = 0; i < messages.length; i += 2) {
      if (!this.#shape.moves && !this.#isMessageOnly) break
      if (this.#message !== null && !isValid(this.#message)) return false
      this.#message = concat(this.#views(messages[i] as number, messages[i + 1] as number))
    }
    messages.length = 0
    return true
  }

  /** Sends the kept bytes before `to`. */
  #send(out: Uint8Array[], to: number): void {
    const { cuts } = this.#scan.members
    for (let i = 0; i < cuts.length; i += 2) {
      out.push(...this.#views(this.#sent, cuts[i] as number))
      this.#sent = cuts[i + 1] as number
    }
    cuts.length = 0
    out.push(...this.#views(this.#sent, to))
    this.#sent = to
    let chunk = this.#chunks[0]
    while (chunk !== undefined && this.#base + chunk.length <= to) {
      this.#base += chunk.length
      this.#chunks.shift()
      chunk = this.#chunks[0]
    }
  }

  #spoil(out: Uint8Array[]): Uint8Array[] {
    this.#mode = RAW
    out.push(SUBSTITUTE)
    return this.#rest(out)
  }

  #rest(out: Uint8Array[]): Uint8Array[] {
    this.#scan.members.cuts.length = 0
    this.#send(out, this.#scan.pos)
    return out
  }

  #views(from: number, to: number): Uint8Array[] {
    const views: Uint8Array[] = []
    let at = this.#base
    for (const chunk of this.#chunks) {
      if (at >= to) break
      const view = chunk.subarray(Math.max(from - at, 0), to - at)
      if (view.length > 0) views.push(view)
      at += chunk.length
    }
    return views
  }
}
