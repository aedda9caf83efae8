import { MESSAGE_KEY, RESULT_KEY, SUCCESS_KEY } from './keys.ts'

/**
 * The members of a top-level object, as far as the scanner has read. Offsets count from the body's
 * first byte.
 *
 * `limit` is the number of bytes that a stream may hold back. It applies to offsets, so that the
 * chunks of a body do not change its reading. It does not matter for bodies of at most `limit`
 * bytes. In a longer body, a `message` over `limit` bytes stays in the result, and the object
 * counts as an envelope if a boolean `success` and a `result` start within `limit` bytes.
 */
export class Members {
  readonly limit: number
  /** Offset of the opening brace, -1 when the value is not an object. */
  start = -1
  /** Number of members that are not `message`. */
  kept = 0
  /** Flat pairs of offsets: the `message` members that leave the object, with their commas. */
  cuts: number[] = []
  /**
   * Flat pairs of offsets: the values of the `message` members. The last one counts, as in
   * `JSON.parse`.
   */
  messages: number[] = []
  /** Whether the object is an envelope already; null while undecided. */
  envelope: boolean | null = null
  /** Offset of the first byte that may still leave the object, -1 when there is none. */
  pending = -1
  /** Key of the current member. */
  key = 0

  readonly #hurried: boolean
  #seen = 0
  #isBoolean = false
  #from = 0
  #value = 0

  /**
   * @param limit bytes
   * @param hurried whether the body is slow. The first key that no envelope has then decides
   */
  constructor(limit: number, hurried: boolean) {
    this.limit = limit
    this.#hurried = hurried
  }

  open(at: number): void {
    this.start = at
    this.#from = this.pending = at + 1
  }

  /** Reads a comma. It leaves the object with a message that comes before all kept members. */
  comma(at: number): void {
    this.#from = at + 1
    if (this.kept > 0) {
      this.pending = at
    } else {
      this.cuts.push(at, at + 1)
      this.pending = at + 1
    }
  }

  /** Reads a whole key. `key` is its bit. */
  named(key: number, at: number): void {
    this.key = key
    if (at - this.start <= this.limit) this.#seen |= key
    if (key === 0 && this.#hurried) this.#guess()
    if (key !== MESSAGE_KEY) this.#keep()
  }

  /** Reads the start of a value. */
  value(at: number): void {
    this.#value = at
  }

  /** Reads the end of a value. `token` is the text of a `success` that is a number or a literal. */
  ended(at: number, token: string): void {
    if (this.key === SUCCESS_KEY && at - this.start <= this.limit) {
      this.#isBoolean = token === 'true' || token === 'false'
    }
    if (this.pending < 0) return
    if (at - this.#from > this.limit) return this.#keep()
    this.cuts.push(this.pending, at)
    this.messages.push(this.#value, at)
    this.pending = -1
  }

  close(at: number): void {
    if (at - this.start > this.limit) this.#guess()
    this.envelope ??= this.#isBoolean && this.#seen === (SUCCESS_KEY | RESULT_KEY | MESSAGE_KEY)
    this.pending = -1
  }

  /** Reads the end of a chunk. Bytes that were held back beyond the limit are released. */
  reached(at: number): void {
    if (this.start < 0) return
    if (at - this.start > this.limit) this.#guess()
    if (this.pending >= 0 && at - this.#from > this.limit) this.#keep()
  }

  #keep(): void {
    if (this.pending < 0) return
    this.kept++
    this.pending = -1
  }

  /** Decides before the end of the object, without a `message`, which often comes last. */
  #guess(): void {
    this.envelope ??= this.#isBoolean && (this.#seen & RESULT_KEY) !== 0
  }
}
