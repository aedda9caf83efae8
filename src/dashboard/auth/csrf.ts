import type { Context } from 'hono'

/**
 * Whether a page of this origin sent the request. `Sec-Fetch-Site` says so, and no page can set it
 * (https://www.w3.org/TR/fetch-metadata/). Without that header, `Origin` must be this origin.
 */
export function isSameOrigin(c: Context): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  return c.req.header('origin') === new URL(c.req.url).origin
}
