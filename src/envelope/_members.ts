import { MESSAGE, RESULT, SUCCESS } from './_keys.ts'

/**
 * What the scanner knows of the members of a top-level object. Offsets count from the body's first
 * byte.
 *
 * `limit` bounds what a stream must hold back. It decides by offsets alone, so that a body has one
 * reading however it was cut into chunks; no body of at most `limit` bytes is touched by it:
 * a `message` member longer than that stays in the result, and an object that starts
 * with a boolean `success` and could still be an envelope there is taken for one.
 */
export class Members {
  readonly limit: number
  /** Offset of the opening brace, -1 when the value is not an object. */
  start = -1
  /** Members that are not `message`. */
  kept = 0
  /** Flat pairs of offsets: what leaves the object with its `message` members, commas included. */
  cuts: number[] = []
  /**
   * Flat pairs of offsets: the values of the `message` members. The last one counts, as in
   * `JSON.parse`.
   */
  messages: number[] = []
  /** Whether the object is an envelope already; null while that is open. */
  envelope: boolean | null = null
  /** First byte whose fate is open, -1 when there is none. */
  pending = -1
  /** Key of the current member. */
  key = 0

  #seen = 0
  #success = -1
  #from = 0
  #value = 0

  constructor(limit: number) {
    this.limit = limit
  }

  open(at: number): void {
    this.start = at
    this.#from = this.pending = at + 1
  }

  /** A comma. It leaves together with a message that nothing kept stands before. */
  comma(at: number): void {
    this.#from = at + 1
    if (this.kept > 0) {
      this.pending = at
    } else {
      this.cuts.push(at, at + 1)
      this.pending = at + 1
    }
  }

  /** A whole key: `key` is its bit. */
  named(key: number, at: number): void {
    this.key = key
    if (key === 0 || (this.#seen & key) !== 0) this.#settle(false, at)
    this.#seen |= key
    if (key !== MESSAGE) this.#keep()
  }

  /** The start of a value. */
  value(at: number): void {
    this.#value = at
  }

  /** The end of a value; `token` is the text of a `success` that is a number or a literal. */
  ended(at: number, token: string): void {
    if (this.key === SUCCESS) {
      if (token === 'true' || token === 'false') this.#success = at
      else this.#settle(false, at)
    }
    if (this.pending < 0) return
    if (at - this.#from > this.limit) return this.#keep()
    this.cuts.push(this.pending, at)
    this.messages.push(this.#value, at)
    this.pending = -1
  }

  close(at: number): void {
    this.#settle(this.#seen === (SUCCESS | RESULT | MESSAGE), at)
    this.pending = -1
  }

  /** The end of a chunk: what is held back for longer than the limit is let go. */
  reached(at: number): void {
    if (this.start < 0) return
    if (at - this.start > this.limit) this.#settle(false, at)
    if (this.pending >= 0 && at - this.#from > this.limit) this.#keep()
  }

  #keep(): void {
    if (this.pending < 0) return
    this.kept++
    this.pending = -1
  }

  #settle(envelope: boolean, at: number): void {
    if (this.envelope !== null) return
    const late = at - this.start > this.limit
    this.envelope = late ? this.#success >= 0 && this.#success - this.start <= this.limit : envelope
  }
}
