import {
  ascii,
  CLASS,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  stringEnd,
} from './bytes.ts'
import { MAX_KEY_BYTES, keyIn, keyOf, SUCCESS_KEY } from './keys.ts'
import { Members } from './members.ts'

// States of the scanner. They are numbers, so that a `switch` over them is a jump table.
const LEAD = 0
const FIRST_KEY = 1
const NEXT_KEY = 2
const KEY = 3
const KEY_END = 4
const VALUE = 5
const STRING = 6
const LITERAL = 7
const VALUE_END = 8
const NESTED = 9
const NESTED_STRING = 10
const TOP_STRING = 11
const TOP_LITERAL = 12
const TAIL = 13
const FAILED = 14

/**
 * Bytes of a scalar body that is validated. A longer invalid one stays invalid in the envelope.
 */
const SCALAR_BYTES = 1024

/** Levels whose bracket type is remembered. Deeper levels are only counted, which is still safe. */
const TYPED_DEPTH = 65_536

const BOM = [0xef, 0xbb, 0xbf]
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/**
 * Finds where one JSON value starts and ends, and the members of a top-level object, in chunks of
 * any size.
 *
 * It does not validate the inside of nested values. A parser reads a value from its opening bracket
 * to the matching one or not at all, in the envelope as in the body. Only removed parts must be
 * valid: so the scanner checks the grammar of the top-level object (key, colon, one value, comma),
 * and the caller parses a `message` that another one replaces.
 */
export class Scanner {
  readonly members: Members
  /**
   * Offset of the value's first byte, after a BOM and whitespace. -1 until it is known.
   */
  start = -1
  /** Offset after the value's last byte. -1 until it is known. */
  end = -1
  /** Offset of the first invalid byte; -1 while there is none. */
  failed = -1
  /** Bytes pushed. */
  pos = 0

  #state = LEAD
  #bom = 0
  #escaped = 0
  #depth = 0
  #floor = 0
  #stack: number[] = []
  #token = ''

  /**
   * @param limit bytes; see `Members`.
   * @param hurried see `Members`
   */
  constructor(limit: number, hurried = false) {
    this.members = new Members(limit, hurried)
  }

  /** Whether the value may still turn out to be invalid as a whole. */
  get isUnproven(): boolean {
    if (this.#state === TOP_LITERAL) return this.#token.length <= SCALAR_BYTES
    return this.#state === LEAD
  }

  push(bytes: Uint8Array): void {
    const n = bytes.length
    let i = 0
    while (i < n) i = this.#step(bytes, i, n)
    this.pos += n
    this.members.reached(this.pos)
  }

  /** Ends the body. @returns whether it was one whole value */
  finish(): boolean {
    if (this.#state === TOP_LITERAL) this.#endTop(this.pos)
    if (this.#state !== TAIL) this.#fail(this.pos, 0)
    return this.failed < 0
  }

  /** Reads from `i`. @returns the index that it has reached */
  #step(bytes: Uint8Array, i: number, n: number): number {
    switch (this.#state) {
      case KEY:
        return this.#inKey(bytes, i, n)
      case STRING:
      case NESTED_STRING:
      case TOP_STRING:
        return this.#inString(bytes, i, n)
      case NESTED:
        return this.#inNested(bytes, i, n)
      case LITERAL:
      case TOP_LITERAL:
        return this.#inLiteral(bytes, i, n)
      case FAILED:
        return n
      default:
        return this.#between(bytes[i] as number, this.pos + i, i, n)
    }
  }

  /** Reads a byte outside of keys and values, at offset `at`. */
  #between(byte: number, at: number, i: number, n: number): number {
    if (CLASS[byte] === SPACE && this.#bom % 3 === 0) return i + 1
    switch (this.#state) {
      case LEAD:
        if (at === this.#bom && byte === BOM[at]) this.#bom++
        else if (this.#bom % 3 === 0) return this.#open(byte, at, i)
        else return this.#fail(at, n)
        return i + 1
      case FIRST_KEY:
      case NEXT_KEY:
        if (byte === QUOTE) this.#state = KEY
        else if (byte === CLOSE_OBJECT && this.#state === FIRST_KEY) this.#close(at)
        else return this.#fail(at, n)
        return i + 1
      case KEY_END:
        if (byte !== COLON) return this.#fail(at, n)
        this.#state = VALUE
        return i + 1
      case VALUE:
        return this.#openValue(byte, at, i, n)
      case VALUE_END:
        if (byte === COMMA) {
          this.members.comma(at)
          this.#state = NEXT_KEY
        } else if (byte === CLOSE_OBJECT) this.#close(at)
        else return this.#fail(at, n)
        return i + 1
      default:
        return this.#fail(at, n)
    }
  }

  #open(byte: number, at: number, i: number): number {
    this.start = at
    if (byte === OPEN_OBJECT) {
      this.members.open(at)
      this.#state = FIRST_KEY
    } else if (byte === OPEN_ARRAY) this.#nest(byte, 0)
    else if (byte === QUOTE) this.#state = TOP_STRING
    else {
      this.#state = TOP_LITERAL
      return i
    }
    return i + 1
  }

  #openValue(byte: number, at: number, i: number, n: number): number {
    const kind = CLASS[byte] as number
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#nest(byte, 1)
    else if (byte === QUOTE) this.#state = STRING
    else if (kind !== 0) return this.#fail(at, n)
    else this.#state = LITERAL
    this.members.value(at)
    return kind === 0 ? i : i + 1
  }

  #nest(byte: number, floor: number): void {
    this.#floor = floor
    this.#depth = floor + 1
    this.#stack[this.#depth] = byte
    this.#state = NESTED
  }

  #inNested(bytes: Uint8Array, i: number, n: number): number {
    const stack = this.#stack
    const floor = this.#floor
    let depth = this.#depth
    while (i < n) {
      let byte = bytes[i++] as number
      // The four brackets differ only in the bits 0x26.
      while (byte !== QUOTE && (byte | 0x26) !== 0x7f && i < n) byte = bytes[i++] as number
      if (byte === QUOTE) {
        i = stringEnd(bytes, i, n)
        if (i <= n) continue
        this.#state = NESTED_STRING
        this.#escaped = i - n - 1
        break
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth < TYPED_DEPTH) stack[depth] = byte
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        // In ASCII a closing bracket is two after its opening one.
        if (depth < TYPED_DEPTH && stack[depth] !== byte - 2) return this.#fail(this.pos + i - 1, n)
        if (--depth > floor) continue
        this.#endValue(this.pos + i)
        return i
      }
    }
    this.#depth = depth
    return n
  }

  #inString(bytes: Uint8Array, i: number, n: number): number {
    const end = this.#stringEnd(bytes, i, n)
    if (end > n) return n
    if (this.#state === NESTED_STRING) this.#state = NESTED
    else this.#endValue(this.pos + end)
    return end
  }

  #inKey(bytes: Uint8Array, i: number, n: number): number {
    const end = this.#stringEnd(bytes, i, n)
    if (end > n) {
      this.#collect(bytes, i, n, MAX_KEY_BYTES)
      return n
    }
    let key: number
    if (this.#token === '') key = keyIn(bytes, i, end - 1)
    else {
      this.#collect(bytes, i, end - 1, MAX_KEY_BYTES)
      key = keyOf(this.#token)
      this.#token = ''
    }
    this.members.named(key, this.pos + end)
    this.#state = KEY_END
    return end
  }

  /**
   * The end of a string. When the chunk ends within the string, it is more than `n`, and the state
   * is kept.
   */
  #stringEnd(bytes: Uint8Array, i: number, n: number): number {
    const end = stringEnd(bytes, i + this.#escaped, n)
    this.#escaped = end > n ? end - n - 1 : 0
    return end
  }

  #inLiteral(bytes: Uint8Array, i: number, n: number): number {
    const from = i
    while (i < n && CLASS[bytes[i] as number] === 0) i++
    if (this.#state === TOP_LITERAL) this.#collect(bytes, from, i, SCALAR_BYTES)
    else if (this.members.key === SUCCESS_KEY) this.#collect(bytes, from, i, MAX_KEY_BYTES)
    if (i < n) this.#endValue(this.pos + i)
    return i
  }

  /** Keeps the start of a token. One byte above the maximum shows that it was longer. */
  #collect(bytes: Uint8Array, from: number, to: number, max: number): void {
    const room = max + 1 - this.#token.length
    if (room > 0) this.#token += ascii(bytes, from, Math.min(to, from + room))
  }

  #endValue(at: number): void {
    if (this.members.start < 0) return this.#endTop(at)
    this.members.ended(at, this.#token)
    this.#token = ''
    this.#state = VALUE_END
  }

  #endTop(at: number): void {
    const { length } = this.#token
    if (length > 0 && length <= SCALAR_BYTES && !SCALAR.test(this.#token)) this.#fail(this.start, 0)
    else {
      this.end = at
      this.#state = TAIL
    }
  }

  #close(at: number): void {
    this.members.close(at)
    this.end = at + 1
    this.#state = TAIL
  }

  #fail(at: number, n: number): number {
    if (this.failed < 0) this.failed = at
    this.#state = FAILED
    return n
  }
}
