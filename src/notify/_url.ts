import { KlaxonError } from '../core/errors.ts'

/**
 * Checks the URL of a channel when the channel is made, so that a typo shows at start and not with the first error.
 *
 * @throws KlaxonError when it is missing, no URL, holds credentials, or is neither https nor loopback
 */
export function channelUrl(channel: string, option: string, value: unknown): string {
  const refuse = (problem: string, mend: string) =>
    new KlaxonError(`${channel}: option "${option}" ${problem}: ${mend}`, { code: 'BAD_OPTION' })

  if (value === undefined || value === null || value === '') {
    throw refuse('is missing', 'pass the URL, often a secret in the environment')
  }
  // The value is a secret: no message repeats it.
  if (typeof value !== 'string' || !URL.canParse(value)) {
    throw refuse('is not a URL', 'pass the whole address, starting with https://')
  }
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') {
    throw refuse('holds a user name or password', 'fetch refuses these, take them out')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw refuse('is not https', 'use https, plain http is for loopback addresses only')
  }
  return url.href
}

/** A string option that a channel cannot do without. */
export function requiredText(
  channel: string,
  option: string,
  value: unknown,
  mend: string,
): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new KlaxonError(`${channel}: option "${option}" is missing: ${mend}`, {
    code: 'BAD_OPTION',
  })
}

/** What of a URL is to be found and filtered in records: all of it, and the path that holds its token. */
export function urlSecrets(href: string): string[] {
  const { pathname, search } = new URL(href)
  const path = pathname + search
  return path.length >= 16 ? [href, path] : [href]
}

/** RFC 6761 section 6.3 (localhost), RFC 1122 section 3.2.1.3 (127/8), RFC 4291 section 2.5.3 (::1). */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
