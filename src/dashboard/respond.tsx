import type { Child } from 'hono/jsx'
import type { DashboardContext } from './context.ts'

export function wantsJson(c: DashboardContext): boolean {
  return /\bapplication\/json\b/.test(c.req.header('accept') ?? '')
}

/** Escapes characters that change the direction of text. A title could pretend to be another. */
export function withoutOverrides(html: string): string {
  return html.replace(
    /[\u202a-\u202e\u2066-\u2069]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16)}`,
  )
}

export function page(
  c: DashboardContext,
  child: Child,
  status: 200 | 400 | 401 | 404 | 429 | 503 = 200,
): Response {
  // Cloudflare's e-mail obfuscation would add a script, which the policy above forbids.
  const html = `<!doctype html><!--email_off-->${withoutOverrides(String(child))}<!--/email_off-->`
  return c.body(html, status, { 'content-type': 'text/html; charset=UTF-8' })
}
