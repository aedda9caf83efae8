import { Hono, type MiddlewareHandler } from 'hono'
import { basePath } from 'hono/route'
import { clientIp } from '../util/client-ip.ts'
import { hush, HUSHED_KEY } from '../util/hush.ts'
import { platform } from '../util/platform.ts'
import { css, js } from './_assets.ts'
import type { DashboardContext, DashboardEnv } from './context.ts'
import { page, wantsJson } from './respond.tsx'
import { areEqual, toBase64Url } from './auth/crypto.ts'
import { isSameOrigin } from './auth/csrf.ts'
import { createLoginLimit } from './auth/login-limit.ts'
import { startSession } from './auth/session.ts'
import { faultPage } from './error-page.tsx'
import { admit, mayChange } from './admission.ts'
import { setHeaders } from './headers.ts'
import type { DashboardInput } from './options.ts'
import { LoginPage } from './pages/messages.tsx'
import { addPages } from './routes.tsx'
import { type DashboardSetup, type ReaderOf, setups } from './setup.ts'
import { href, type View } from './view.ts'

const NOT_FOUND = '404 Not Found'
/** A red dot, as in the header. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#cf222e"/></svg>'
const ONE_YEAR = 'public, max-age=31536000, immutable, no-transform'

/** The Hono app of `dashboard()`, with the reader that a host gives it. */
export function dashboardWith(readerOf: ReaderOf, input: DashboardInput): Hono {
  const app = new Hono<DashboardEnv>()
  const setupFor = setups(input, readerOf)
  app.use(open(setupFor))
  app.get(`/-/${css.name}`, (c) => asset(c, css.text, 'text/css; charset=UTF-8'))
  app.get(`/-/${js.name}`, (c) => asset(c, js.text, 'text/javascript; charset=UTF-8'))
  app.get('/-/icon.svg', (c) => asset(c, ICON, 'image/svg+xml'))
  addLogin(app)
  app.use(guard)
  addPages(app)
  app.notFound((c) => c.text(NOT_FOUND, 404))
  app.onError((error, c) => {
    const page = faultPage(error, c as DashboardContext)
    // The app records an error of the dashboard like any other error.
    if (page === null) throw error
    return page
  })
  return app as unknown as Hono
}

/**
 * Runs before all routes: makes the setup, sets the headers, and marks the response so that klaxon
 * does not record the dashboard's own pages.
 */
function open(setupFor: (env: unknown) => DashboardSetup | null): MiddlewareHandler<DashboardEnv> {
  return async function openDashboard(c, next) {
    c.set(HUSHED_KEY as never, true as never)
    const setup = setupFor(c.env)
    const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
    setHeaders(c, nonce)
    if (setup === null) {
      c.res = c.text(NOT_FOUND, 404)
    } else {
      const { options } = setup
      const mount = withoutSlash(basePath(c))
      c.set('setup', setup)
      c.set('view', {
        base: withoutSlash(options.path ?? mount),
        // Without the mount: a proxy may have removed a part of the path before it.
        page: `${c.req.path.slice(mount.length + 1)}${new URL(c.req.url).search}`,
        nonce,
        token: '',
        visitor: { name: '' },
        hasSession: false,
        readOnly: options.readOnly === true,
        timeZone: options.timeZone ?? 'UTC',
        now: Date.now(),
        source: options.source,
      })
      await next()
    }
    hush(c.res)
  }
}

async function asset(c: DashboardContext, text: string, type: string): Promise<Response> {
  const { auth } = c.get('setup')
  // The login page needs style and script before there is a session. Without a login page they need
  // the visitor's permission too.
  if (!('secret' in auth) && (await admit(c, auth)).kind !== 'in') return c.text(NOT_FOUND, 404)
  return c.body(text, 200, { 'content-type': type, 'cache-control': ONE_YEAR })
}

/** Lets visitors in, or redirects them to the login page, or answers 404. */
const guard: MiddlewareHandler<DashboardEnv> = async function guardDashboard(c, next) {
  const { auth } = c.get('setup')
  const view = c.get('view')
  const pass = await admit(c, auth)
  if (pass.kind === 'refused') return c.text(NOT_FOUND, 404)
  if (pass.kind === 'login') {
    if (c.req.method !== 'GET' || wantsJson(c)) return c.text('401 Unauthorized', 401)
    return c.redirect(href(view, 'login', { back: view.page }), 303)
  }
  c.set('pass', pass)
  c.set('view', {
    ...view,
    token: pass.token,
    visitor: pass.visitor,
    hasSession: pass.hasSession,
    readOnly: view.readOnly || pass.visitor.readOnly === true,
  })
  const isSafe = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (!isSafe && !(await mayChange(c, auth, pass))) return c.text('403 Forbidden', 403)
  return next()
}

function addLogin(app: Hono<DashboardEnv>): void {
  const limit = createLoginLimit()
  app.get('/login', async (c) => {
    const { auth } = c.get('setup')
    if (!('secret' in auth)) return c.text(NOT_FOUND, 404)
    return page(c, <LoginPage view={c.get('view')} fault={null} back={c.req.query('back') ?? ''} />)
  })
  app.post('/login', async (c) => {
    const { auth } = c.get('setup')
    const view = c.get('view')
    if (!('secret' in auth)) return c.text(NOT_FOUND, 404)
    if (!isSameOrigin(c)) return c.text('403 Forbidden', 403)
    const form = await c.req.parseBody()
    const text = (name: string): string => (typeof form[name] === 'string' ? form[name] : '')
    if (await areEqual(auth.secret, text('secret'), auth.secret)) {
      await startSession(c, { secret: auth.secret, name: text('name'), path: view.base })
      return c.redirect(backTo(view, text('back')), 303)
    }
    const address = clientIp(c.req.raw, c.env, { platform: platform() }) ?? 'unknown'
    const isLimited = !limit.mayTry(address)
    const fault = isLimited ? 'Too many wrong secrets in a minute.' : 'That is not the secret.'
    if (isLimited) c.header('retry-after', '60')
    return page(
      c,
      <LoginPage view={view} fault={fault} back={text('back')} />,
      isLimited ? 429 : 401,
    )
  })
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '')

const PAGE =
  /^(?:issues|occurrences|releases|alerts|health|[ie]\/[\w:.%-]+(?:\/occurrences)?)(?:\?[^\\\s]*)?$/

/** The page to return to. `back` comes from a link, so other addresses are ignored. */
function backTo(view: View, back: string): string {
  return PAGE.test(back) ? `${view.base}/${back}` : href(view, 'issues', { q: 'is:open' })
}
