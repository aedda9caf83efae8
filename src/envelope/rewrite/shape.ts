import type { Scanner } from '../json/scanner.ts'
import { decodeWithBom } from '../../util/utf8.ts'

/** The envelope of one class of statuses. */
export interface Shape {
  /** The text before the body, in ASCII. */
  prefix: string
  prefixBytes: Uint8Array
  /**
   * Whether a top-level `message` moves after the result. Otherwise the whole body is the message.
   */
  moves: boolean
}

const SUCCESS_SHAPE = shape('{"success":true,"result":', true)
const SERVER_ERROR_SHAPE = shape('{"success":false,"result":', true)
const CLIENT_ERROR_SHAPE = shape('{"success":false,"result":null,"message":', false)

export const MESSAGE_PREFIX = bytes(',"message":')
export const NULL = bytes('null')
export const END = bytes('}')

export function shapeOf(status: number): Shape {
  if (status < 400) return SUCCESS_SHAPE
  return status < 500 ? CLIENT_ERROR_SHAPE : SERVER_ERROR_SHAPE
}

/**
 * Whether a status may have a whole body: 2xx, 4xx, 5xx, except 204, 205, 206. A web socket has
 * 101.
 */
export function isWhole(status: number): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206) return false
  return status < 300 || status >= 400
}

/**
 * Whether a body is an object whose only member is `message`. For a client error its value is then
 * the message.
 */
export function isOnlyMessage({ members, start, end }: Scanner): boolean {
  const some = members.kept === 0 && members.messages.length > 0
  return some && end > 0 && end - start <= members.limit
}

/** Whether a removed member is valid JSON. An invalid one must not disappear. */
export function isValid(json: Uint8Array): boolean {
  try {
    JSON.parse(decodeWithBom(json))
    return true
  } catch {
    // It cannot be parsed.
    return false
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function shape(prefix: string, moves: boolean): Shape {
  return { prefix, prefixBytes: bytes(prefix), moves }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
