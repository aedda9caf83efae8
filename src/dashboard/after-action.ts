import type { DashboardContext } from './context.ts'
import type { Done } from './parts/flash.tsx'

/**
 * The message of the page after an action, from the parameters of the redirect. All of it is shown
 * as text.
 */
export function doneOf(c: DashboardContext): Done | null {
  const what = c.req.query('done')
  if (!what) return null
  const count = Number(c.req.query('n') ?? 0)
  return {
    what: what.slice(0, 60),
    count: Number.isSafeInteger(count) ? count : 0,
    undo: (c.req.query('undo') ?? '').slice(0, 100),
    query: c.req.query('q') ?? '',
    list: c.req.query('list') ?? '',
    back: c.get('view').page.replace(/\?.*/s, ''),
  }
}
