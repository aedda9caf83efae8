import type { Hono } from 'hono'
import type { Target } from '../read/types.ts'
import { type Acted, act } from './actions.ts'
import { endSession } from './auth/session.ts'
import type { DashboardContext, DashboardEnv } from './context.ts'
import { page, wantsJson } from './respond.tsx'
import { AlertsPage } from './pages/alerts.tsx'
import { href } from './view.ts'

type Fields = Record<string, string | string[]>

/** The routes that change something. `guard` has checked the visitor and the origin. */
export function addActions(app: Hono<DashboardEnv>): void {
  app.post('/issues', async (c) => {
    const form = await fieldsOf(c)
    const query = textOf(form, 'q')
    const chosen = [form['fp'] ?? []].flat()
    const target: Target = textOf(form, 'all') === '1' ? { query } : chosen
    return run(c, form, target, (params) => href(c.get('view'), 'issues', { q: query, ...params }))
  })
  app.post('/i/:fingerprint', async (c) => {
    const fingerprint = c.req.param('fingerprint')
    return run(c, await fieldsOf(c), fingerprint, (params) =>
      href(c.get('view'), `i/${fingerprint}`, { list: c.req.query('list'), ...params }),
    )
  })
  app.post('/undo', async (c) => {
    const form = await fieldsOf(c)
    const view = c.get('view')
    if (view.readOnly) return c.text('403 Forbidden', 403)
    const result = await c
      .get('setup')
      .reader.actions.undo(textOf(form, 'id'), { who: view.visitor.name })
    const back = textOf(form, 'back')
    const path = /^i\/[\w:.%-]+$/.test(back) ? back : 'issues'
    return answer(c, { said: 'Undone for', result: { ...result, id: '' } }, (params) =>
      href(view, path, { q: textOf(form, 'q'), list: textOf(form, 'list'), ...params }),
    )
  })
  app.post('/logout', async (c) => {
    endSession(c, c.get('view').base)
    return c.redirect(href(c.get('view'), 'login'), 303)
  })
  app.post('/alerts/test', async (c) => {
    const { reader, options } = c.get('setup')
    const view = c.get('view')
    if (view.readOnly || options.klaxon === undefined) return c.text('403 Forbidden', 403)
    const tested = await options.klaxon.test({ env: c.env })
    if (wantsJson(c)) return c.json(tested)
    const data = await reader.alerts()
    return page(c, <AlertsPage view={view} page={data} canTest tested={tested} />)
  })
}

type Leads = (params: Record<string, string>) => string

async function run(
  c: DashboardContext,
  form: Fields,
  target: Target,
  leads: Leads,
): Promise<Response> {
  const view = c.get('view')
  if (view.readOnly) return c.text('403 Forbidden', 403)
  const acted = await act(
    c.get('setup').reader.actions,
    target,
    { action: textOf(form, 'action'), comment: textOf(form, 'comment') },
    view.visitor.name,
  )
  return acted === null ? c.redirect(leads({}), 303) : answer(c, acted, leads)
}

function answer(c: DashboardContext, { said, result }: Acted, leads: Leads): Response {
  if (wantsJson(c)) return c.json(result)
  const params = { done: said, n: String(result.changed.length), undo: result.id }
  return c.redirect(leads(params), 303)
}

async function fieldsOf(c: DashboardContext): Promise<Fields> {
  return (await c.req.parseBody({ all: true })) as Fields
}

function textOf(form: Fields, name: string): string {
  const value = [form[name] ?? ''].flat()[0]
  return typeof value === 'string' ? value : ''
}
