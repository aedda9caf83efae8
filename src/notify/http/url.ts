import type { Channel } from '../../model/channel.ts'
import { KlaxonError } from '../../model/klaxon-error.ts'

/**
 * Validates the URL of a channel when the channel is made, so that a mistake shows at the start and
 * not at the first alert.
 *
 * @throws KlaxonError when it is not a URL, contains credentials, or is neither https nor loopback
 */
export function channelUrl(channel: string, option: string, value: unknown): string {
  const refuse = (must: string) => badOption(`${channel}(): option \`${option}\` must ${must}`)

  // The value is a secret, so no message repeats it.
  if (typeof value !== 'string' || !URL.canParse(value)) {
    throw refuse('be a whole URL, starting with https://')
  }
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') {
    throw refuse('contain no user name and no password: fetch refuses these')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw refuse('be https; plain http is for loopback addresses only')
  }
  return url.href
}

/**
 * The error for a bad option.
 * @param text the problem, which starts with the channel: `github(): option …`
 */
export function badOption(text: string): KlaxonError {
  return new KlaxonError(`klaxon: ${text}`, { code: 'BAD_OPTION' })
}

/** Whether a required option is missing or empty. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/**
 * The channel that a factory returns when a required option is empty. klaxon leaves it out, and
 * logs one line.
 */
export function missingChannel(name: string, option: string): Channel {
  return {
    name,
    missing: option,
    async send() {
      return { ok: false, permanent: true, reason: `option ${option} is empty` }
    },
  }
}

/** A required text option. @throws KlaxonError when it is missing */
export function requiredText(channel: string, option: string, value: unknown, fix: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw badOption(`${channel}(): option \`${option}\` must be set: ${fix}`)
}

/**
 * The secrets in a URL that redaction must replace: the URL, and the path that contains its token.
 */
export function urlSecrets(href: string): string[] {
  const { pathname, search } = new URL(href)
  const path = pathname + search
  return path.length >= 16 ? [href, path] : [href]
}

/**
 * Whether a host is this machine: RFC 6761 section 6.3 (localhost), RFC 1122 section 3.2.1.3
 * (127/8), RFC 4291 section 2.5.3 (::1).
 */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
