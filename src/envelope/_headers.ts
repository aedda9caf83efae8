import { isWorkerd } from './_runtime.ts'

/** Say something about the bytes of a body that are no longer the same (RFC 9530, 9110, 1864). */
const STALE = ['content-md5', 'digest', 'content-digest', 'repr-digest', 'accept-ranges']

const JSON_TYPE = /^[\t ]*(?:application|text)\/json[\t ]*(?=;|$)/i

/** `application/json` or `text/json` with any parameters; `+json` types have an envelope of their own. */
export function isJson(type: string | null): boolean {
  return type !== null && JSON_TYPE.test(type)
}

export function isEventStream(type: string | null): boolean {
  return type !== null && /^[\t ]*text\/event-stream[\t ]*(?:;|$)/i.test(type)
}

/** Whether `response.body` gives other bytes than the ones that go over the wire, and we may not touch them. */
export function isEncoded(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')
  if (encoding === null || encoding === '' || encoding.toLowerCase() === 'identity') return false
  // workerd decodes on reading and encodes again on sending. Every other runtime sends what it is given,
  // and cannot tell a body that a fetch has decoded from one that the handler has encoded.
  return !(isWorkerd() && encoding.toLowerCase() === 'gzip')
}

/** Brings the headers of a new body in line. `length` is null where it is not known before the body has passed. */
export function adapt(headers: Headers, type: string, length: number | null): void {
  const before = headers.get('content-type')
  headers.set('content-type', before === null ? type : before.replace(JSON_TYPE, type))
  const etag = headers.get('etag')
  if (etag !== null && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`)
  for (const name of STALE) headers.delete(name)
  resize(headers, length)
}

/** A stale Content-Length becomes right, or goes; where there was none, the runtime adds what it needs. */
export function resize(headers: Headers, length: number | null): void {
  if (!headers.has('content-length')) return
  if (length === null || headers.has('content-encoding')) headers.delete('content-length')
  else headers.set('content-length', String(length))
}
