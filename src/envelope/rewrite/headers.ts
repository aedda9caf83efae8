import { renamed } from './media-type.ts'

/** Headers about the bytes of the former body (RFC 9530, 9110, 1864). */
const FORMER_BODY_HEADERS = [
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
]

/** Headers that frame one message on one connection (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * Adapts headers to a new body. `length` is in bytes, null when unknown.
 */
export function adapt(headers: Headers, contentType: string, length: number | null): void {
  reframe(headers)
  for (const name of FORMER_BODY_HEADERS) headers.delete(name)
  const before = headers.get('content-type')
  const after = renamed(before, contentType)
  if (after !== before) headers.set('content-type', after)
  resize(headers, length)
}

/** Deletes headers that framed the former body. */
export function reframe(headers: Headers): void {
  const connection = headers.get('connection')
  if (connection !== null) {
    for (const option of connection.split(',')) {
      const name = option.trim()
      if (HEADER_NAME.test(name)) headers.delete(name)
    }
    // A `close` alone stays: a server that shuts down sends it.
    if (connection.toLowerCase() !== 'close') headers.delete('connection')
  }
  for (const name of HOP_BY_HOP) headers.delete(name)
}

/**
 * Sets or deletes an existing Content-Length. Without one, the runtime adds what it needs.
 */
export function resize(headers: Headers, length: number | null): void {
  if (!headers.has('content-length')) return
  if (length === null || headers.has('content-encoding')) headers.delete('content-length')
  else headers.set('content-length', String(length))
}

/** The Content-Length; null when it is missing or counts encoded bytes. */
export function lengthIn(headers: Headers): number | null {
  const length = headers.get('content-length')
  if (length === null || !/^\d+$/.test(length) || headers.has('content-encoding')) return null
  return Number(length)
}
