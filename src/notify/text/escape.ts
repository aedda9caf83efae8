import { CUT, cut, visible } from '../../util/safe-text.ts'

/** Characters of a link at most. A longer link is left out, because a cut link leads nowhere. */
export const MAX_LINK_LENGTH = 500

/** The address; null when it is too long or not HTTP. */
export function safeUrl(url: string | null): string | null {
  if (url === null || url.length > MAX_LINK_LENGTH || !URL.canParse(url)) return null
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/** Escapes the characters of an address at which a vendor's markup would end. */
export function linkTarget(url: string): string {
  return url.replace(/[<>()[\]|]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/**
 * Escapes a text, and cuts it so that the **escaped** text has at most `max` UTF-16 units. It
 * splits no code point and no entity, and fits however the vendor counts.
 */
export function fit(text: string, max: number, escape = (char: string) => char): string {
  let out = ''
  let roomForMark = ''
  for (const char of text) {
    const next = out + escape(char)
    if (next.length > max) return roomForMark + CUT
    if (next.length <= max - CUT.length) roomForMark = next
    out = next
  }
  return out
}

/**
 * Inserts an invisible word joiner (U+2060) where a chat would act on plain text. Mattermost,
 * Rocket.Chat and Discord ping everyone for `@channel`, and make a link of `[text](address)`.
 */
export function inert(text: string): string {
  return text
    .replace(/@(?=(?:channel|here|everyone|all)(?![a-z0-9]))/gi, '@\u2060')
    .replaceAll('](', ']\u2060(')
}

/**
 * The text made visible and cut. It is cut first, so that a megabyte costs no more than its start.
 */
export function clean(text: string, max: number): string {
  return cut(visible(cut(text, max)), max)
}
