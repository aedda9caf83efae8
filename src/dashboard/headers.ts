import type { Context } from 'hono'

/**
 * Headers of every response. The browser runs only scripts with the nonce, loads only from this
 * origin, and shows the page in no frame. With `no-transform`, proxies and the envelope leave the
 * body as it is.
 */
export function setHeaders(c: Context, nonce: string): void {
  const headers: Record<string, string> = {
    'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-robots-tag': 'noindex',
    'cache-control': 'private, no-store, no-transform',
  }
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
}
