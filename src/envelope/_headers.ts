import { isWorkerd } from './_runtime.ts'

/** Say something about the bytes of a body that are no longer the same (RFC 9530, 9110, 1864). */
const STALE = ['content-md5', 'digest', 'content-digest', 'repr-digest', 'accept-ranges']

const JSON_TYPE = /^[\t ]*(?:application|text)\/json[\t ]*(?=;|$)/i

/**
 * `application/json` or `text/json` with any parameters; `+json` types have a shape of their own.
 */
export function isJson(type: string | null): type is string {
  return type === 'application/json' || (type !== null && JSON_TYPE.test(type))
}

export function isEventStream(type: string | null): boolean {
  return type !== null && /^[\t ]*text\/event-stream[\t ]*(?:;|$)/i.test(type)
}

/** A fetched response without a body may show an empty stream instead of null. */
export function isEmpty(headers: Headers): boolean {
  return headers.get('content-length') === '0'
}

/**
 * Whether a body may hold other bytes than its type says. workerd decodes gzip on reading and
 * encodes again on sending. Every other runtime sends what it is given, and there is no telling
 * whether a fetch has decoded it or the handler has encoded it.
 */
export function isEncoded(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.toLowerCase()
  if (encoding === undefined || encoding === '' || encoding === 'identity') return false
  return encoding !== 'gzip' || !isWorkerd()
}

/**
 * Brings headers in line with a new body. `length` in bytes, null where it is not known in advance.
 */
export function adapt(headers: Headers, contentType: string, length: number | null): void {
  const before = headers.get('content-type')
  const after = isJson(before) ? before.replace(JSON_TYPE, contentType) : contentType
  if (after !== before) headers.set('content-type', after)
  const etag = headers.get('etag')
  if (etag !== null && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  for (const name of STALE) headers.delete(name)
  resize(headers, length)
}

/**
 * A Content-Length becomes right, or goes; where there was none, the runtime adds what it needs.
 */
export function resize(headers: Headers, length: number | null): void {
  if (!headers.has('content-length')) return
  if (length === null || headers.has('content-encoding')) headers.delete('content-length')
  else headers.set('content-length', String(length))
}
