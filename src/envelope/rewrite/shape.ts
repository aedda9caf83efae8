import type { Scanner } from './_scan.ts'

/** How the envelope of one class of status is put around a body. */
export interface Shape {
  prefix: Uint8Array
  /** A top-level `message` moves behind the result; otherwise the whole body is the message. */
  moves: boolean
}

const SUCCESS: Shape = { prefix: bytes('{"success":true,"result":'), moves: true }
const SERVER_ERROR: Shape = { prefix: bytes('{"success":false,"result":'), moves: true }
const CLIENT_ERROR: Shape = {
  prefix: bytes('{"success":false,"result":null,"message":'),
  moves: false,
}

export const MESSAGE_PREFIX = bytes(',"message":')
export const NULL = bytes('null')
export const END = bytes('}')

export function shapeOf(status: number): Shape {
  if (status < 400) return SUCCESS
  return status < 500 ? CLIENT_ERROR : SERVER_ERROR
}

/**
 * Whether a client error's body is an object of nothing but `message`: then its value is the
 * message.
 */
export function isSoleMessage({ members, start, end }: Scanner): boolean {
  const some = members.kept === 0 && members.messages.length > 0
  return some && end > 0 && end - start <= members.limit
}

/** Whether a member that leaves no trace was valid, so that nothing invalid is lost with it. */
export function isValid(json: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json))
    return true
  } catch {
    // What cannot be parsed is the answer, whatever the reason.
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

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
