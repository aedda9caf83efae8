import type { Scanner } from '../json/scanner.ts'
import type { Body } from './body.ts'
import { END_MS } from './limits.ts'

/** The body has ended, and all of it is held. */
export const WHOLE = 0
/** The body is a sequence of values or not JSON. It streams unchanged. */
export const UNTOUCHED = 1
/** The body is too long or too slow to be held. Its end is unknown. */
export const UNENDED = 2

/** Limits of reading ahead. */
export interface ReadLimits {
  /** Bytes that are held. */
  maxBytes: number
  /** ms within which the first value must end after its first byte; null without a limit. */
  valueMs: number | null
  /** Bytes of the body, from its header; null without one. */
  length: number | null
}

/**
 * Reads a JSON body ahead until its kind is known. Rejects as the source does.
 *
 * Watches and logs send values with newlines between them, for hours. So a whole value with a
 * newline and without an end within `END_MS` is the first of several.
 */
export async function readAhead(
  body: Body,
  scan: Scanner,
  { maxBytes, valueMs, length }: ReadLimits,
): Promise<typeof WHOLE | typeof UNTOUCHED | typeof UNENDED> {
  const deadline = new Deadline()
  let settled = false
  try {
    for (;;) {
      const chunk = await deadline.race(body.read())
      if (chunk === null) return WHOLE
      if (chunk === undefined) break
      scan.push(chunk)
      if (body.size > maxBytes) break
      if (body.size === length) {
        body.drain()
        return WHOLE
      }
      if (!settled) {
        settled = scan.end >= 0 || scan.failed >= 0
        if (settled) deadline.set(END_MS)
        else if (body.size === chunk.length) deadline.set(valueMs)
      }
    }
  } finally {
    deadline.clear()
  }
  if (scan.failed >= 0) return UNTOUCHED
  return scan.end >= 0 && hasNewline(body, scan.end) ? UNTOUCHED : UNENDED
}

/**
 * Reads a short body to its end. false when it has more than `maxBytes`, or has not ended `ms`
 * after its first byte. Rejects as the source does.
 */
export async function readShort(body: Body, maxBytes: number, ms: number): Promise<boolean> {
  const deadline = new Deadline()
  try {
    for (;;) {
      const chunk = await deadline.race(body.read())
      if (chunk === null) return true
      if (chunk === undefined || body.size > maxBytes) return false
      if (body.size === chunk.length) deadline.set(ms)
    }
  } finally {
    deadline.clear()
  }
}

function hasNewline(body: Body, from: number): boolean {
  const tail = body.held().subarray(from)
  return tail.includes(0x0a) || tail.includes(0x0d)
}

/** Turns of the microtask queue within which a body in memory ends. */
const TURNS = 8
const TURN = Promise.resolve()

/**
 * A deadline that can be changed. It makes a timer only for what takes longer than a few
 * microtasks.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined
  #late: Promise<undefined> | null = null
  #ms: number | null = null

  set(ms: number | null): void {
    this.clear()
    this.#ms = ms
  }

  clear(): void {
    if (this.#late !== null) clearTimeout(this.#timer)
    this.#late = null
  }

  /** The promise's result; undefined when the time is over. */
  race<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#ms === null) return promise
    return this.#late === null
      ? this.#unlessLong(promise, this.#ms)
      : Promise.race([promise, this.#late])
  }

  async #unlessLong<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
    let isSettled = false
    const settle = (): void => void (isSettled = true)
    promise.then(settle, settle)
    for (let turn = 0; turn < TURNS; turn++) {
      await TURN
      if (isSettled) return promise
    }
    this.#late = new Promise((resolve) => (this.#timer = setTimeout(resolve, ms, undefined)))
    return Promise.race([promise, this.#late])
  }
}
