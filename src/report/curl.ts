import type { Occurrence } from '../model/occurrence.ts'

/** Recorded headers that a resent request omits. */
const LEFT_OUT = /^(?:content-length|cf-ray|traceparent|x-request-id|authorization|cookie|host)$/i
const PLAIN_HEADER_NAME = /^[a-z][\w-]*$/i
const SAFE_METHODS = ['GET', 'HEAD']

/**
 * The request of an occurrence as a shell command, for a person to check and run. It has no
 * credentials and no body, because neither is recorded. Every line is a comment unless the method
 * is GET or HEAD. An occurrence of the resent request has this one in `resentFrom`.
 */
export function toCurl(occurrence: Occurrence): string {
  const { id, method, host, headers } = occurrence
  const isSafe = SAFE_METHODS.includes(method)
  const parts = [`curl -g ${shellWord(urlOf(occurrence))}`]
  if (method === 'HEAD') parts.push('-I')
  else if (method !== 'GET') parts.push(`-X ${shellWord(method)}`)
  parts.push(`-H ${shellWord(`x-klaxon-resend: ${id}`)}`)
  for (const [name, value] of Object.entries(headers ?? {}))
    if (PLAIN_HEADER_NAME.test(name) && isHeaderValue(value) && !LEFT_OUT.test(name))
      parts.push(`-H ${shellWord(`${name}: ${value}`)}`)
  const command = parts.join(' \\\n  ')
  const notes = notesOf(occurrence, isSafe, host === null)
  const body = isSafe && host !== null ? command : command.replace(/^/gm, '# ')
  return `${notes.map((note) => `# ${note}\n`).join('')}${body}\n`
}

function notesOf({ path, query }: Occurrence, isSafe: boolean, isHostless: boolean): string[] {
  const notes: string[] = []
  if (isHostless) notes.push('The host is not recorded: put yours in.')
  if (!isSafe) notes.push('It may change something: read it, add its body, and remove the "#".')
  if (`${path}${query ?? ''}`.includes('[Filtered]')) notes.push('Parts of the URL were filtered.')
  return notes
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Cc}/u.test(value) && !value.includes('[Filtered]')
}

function urlOf({ host, path, query }: Occurrence): string {
  const scheme = /^(?:localhost|127\.|\[::1\])/i.test(host ?? '') ? 'http' : 'https'
  const name = /^[\w.:[\]-]+$/.test(host ?? '') ? host! : 'HOST'
  const rooted = path.startsWith('/') ? path : `/${path}`
  return `${scheme}://${name}${encoded(rooted)}${query === null || query === '' ? '' : `?${encoded(query)}`}`
}

/** Percent-encodes characters that a URL must not contain. Encoded ones stay. */
function encoded(text: string): string {
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd')
  return whole.replace(/[^\w!$&'()*+,\-./:;=?@~%[\]]/gu, encodeURIComponent)
}

/**
 * Quotes a word of a POSIX shell. `PLAIN_HEADER_NAME`, `isHeaderValue` and `encoded` exclude
 * control characters.
 */
function shellWord(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, '\ufffd')
  return `'${printable.replaceAll("'", `'\\''`)}'`
}
