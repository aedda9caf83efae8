import { printedMembers } from '../json/printed.ts'
import { Scanner } from '../json/scanner.ts'
import { MAX_HELD_BYTES, MAX_HELD_LENGTH } from './limits.ts'
import { isWhole, shapeOf } from './shape.ts'
import { splice } from './splice.ts'
import { encodeUtf8 } from '../../util/utf8.ts'

/**
 * Prints the envelope of a value, such as the argument of `c.json`. Its bytes equal the envelope of
 * `Response.json(value, { status })`.
 *
 * The value is printed once, by `JSON.stringify`, and an error of it is thrown.
 *
 * @returns null when the status has no envelope, or JSON lacks the value
 */
export function envelopeOfValue(status: number, value: unknown): string | null {
  if (!isWhole(status)) return null
  // Checked before printing: a getter may delete the member.
  const mayHaveMessage = hasMessage(value)
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? null : envelopeOfText(status, text, mayHaveMessage)
}

/**
 * The envelope of a text that `JSON.stringify` has printed.
 *
 * @param mayHaveMessage the result of `hasMessage` for the value, before printing
 */
export function envelopeOfText(status: number, text: string, mayHaveMessage: boolean): string {
  if (!text.startsWith('{')) return around(status, text)
  if (text.length > MAX_HELD_LENGTH) return envelopeOfLong(status, text)
  return mayHaveMessage ? envelopeOfObject(status, text) : around(status, text)
}

/** Whether the printed value may have a `message`. A `toJSON` may print anything. */
export function hasMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' || Object.hasOwn(value, 'message')
}

/** The envelope of a value without a `message`. */
function around(status: number, text: string): string {
  const { prefix, moves } = shapeOf(status)
  return `${prefix}${text}${moves ? ',"message":null}' : '}'}`
}

function envelopeOfObject(status: number, text: string): string {
  const { message, messageEnd, envelope } = printedMembers(text)
  if (envelope) return text
  if (message < 0) return around(status, text)
  const { prefix, moves } = shapeOf(status)
  const value = text.slice(message + '"message":'.length, messageEnd)
  const isFirst = message === 1
  const isLast = messageEnd === text.length - 1
  if (!moves) return isFirst && isLast ? `${prefix}${value}}` : around(status, text)
  // One comma leaves with the member: the one before it, or after the first member the next one.
  const head = text.slice(0, isFirst ? message : message - 1)
  const tail = text.slice(isFirst && !isLast ? messageEnd + 1 : messageEnd)
  return `${prefix}${head}${tail},"message":${value}}`
}

/** A long body follows the rules of a stream, see `Members`. */
function envelopeOfLong(status: number, text: string): string {
  const bytes = encodeUtf8(text)
  const scan = new Scanner(MAX_HELD_BYTES)
  scan.push(bytes)
  const spliced = splice(status, bytes, scan)
  return spliced === null ? text : new TextDecoder().decode(spliced)
}
