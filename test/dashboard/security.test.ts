import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { secureHeaders } from 'hono/secure-headers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { css, js } from '../../src/dashboard/_assets.ts'
import { dashboard as workerdDashboard } from '../../src/dashboard/index-workerd.ts'
import { dashboard, type DashboardOptions } from '../../src/dashboard/index.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

const SECRET = 's'.repeat(32)
const ORIGIN = 'https://app.example'

/** Every page, with the issue and the occurrence that the store holds. */
const PAGES = [
  '',
  '/',
  '/issues',
  '/i/v1:a',
  '/i/v1:a/occurrences',
  '/occurrences',
  '/tail?after=0',
  '/releases',
  '/alerts',
  '/health',
]
/** The files that the pages load. */
const ASSETS = [`/-/${css.name}`, `/-/${js.name}`, '/-/icon.svg', '/login']
const CHANGES = ['/issues', '/i/v1:a', '/undo', '/alerts/test', '/logout']

async function filled() {
  const store = memory()
  const entry = anEntry({ occurredAt: Date.now() })
  await store.write(aBatch({ occurrences: [entry] }))
  return { store, id: entry.occurrence.id }
}

function mounted(options: Partial<DashboardOptions> & { store: DashboardOptions['store'] }) {
  return new Hono().route('/klaxon', dashboard(options as DashboardOptions))
}

/** Logs in and returns the headers that a browser would send. */
async function session(app: Hono, secret = SECRET) {
  const response = await app.request(`${ORIGIN}/klaxon/login`, {
    method: 'POST',
    headers: {
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ secret, name: 'ada' }),
  })
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0]!
  const page = await app.request(`${ORIGIN}/klaxon/issues`, { headers: { cookie } })
  const token = /name="token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  return { response, cookie, token }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('without a way in', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['no secret', { secret: undefined }],
    ['a short secret', { secret: 'x'.repeat(31) }],
    [
      'a check that throws',
      {
        by: () => {
          throw new Error('no')
        },
      },
    ],
    ['a check that finds nobody', { by: () => null }],
    ['a check that finds no name', { by: () => ({ name: '' }) }],
    ['a check that says yes', { by: () => true }],
  ])('%s: every route is a plain 404', async (_name, auth) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { store, id } = await filled()
    const app = mounted({ store, auth: auth as never })
    for (const path of [...PAGES, ...ASSETS, `/e/${id}`, `/e/${id}.md`, '/no-such-page']) {
      const response = await app.request(`${ORIGIN}/klaxon${path}`)
      expect([path, response.status, await response.text()]).toEqual([path, 404, '404 Not Found'])
    }
    for (const path of CHANGES) {
      const response = await app.request(`${ORIGIN}/klaxon${path}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
      })
      expect(response.status).toBe(404)
    }
  })

  test('a Worker refuses a store that it cannot read, and says which it can', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const auth = { secret: SECRET }
    const inWorker = (store: DashboardOptions['store']) =>
      new Hono()
        .route('/klaxon', workerdDashboard({ store, auth }))
        .request(`${ORIGIN}/klaxon/login`)
    expect((await inWorker(sqlite({ path: ':memory:' }))).status).toBe(200)
    expect(warn).not.toHaveBeenCalled()
    expect((await inWorker(memory())).status).toBe(404)
    expect(String(warn.mock.calls[0])).toContain('option `store` must be d1(), libsql()')
  })

  test('the log says once what to do', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const app = mounted({ store: memory() })
    for (let nth = 0; nth < 5; nth++) await app.request(`${ORIGIN}/klaxon/issues`)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(String(warn.mock.calls[0])).toContain('option `auth` is missing')
  })
})

test('no route is behind any other door than these tests know', () => {
  const known = new Set([
    ...[...PAGES, ...ASSETS, '/e/:id'].map((path) => `GET ${path}`),
    ...[...CHANGES, '/login'].map((path) => `POST ${path}`),
  ])
  const { routes } = mounted({ store: memory(), auth: { secret: SECRET } })
  const own = routes
    .filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'))
    .map(({ method, path }) => {
      const name = path
        .replace('/klaxon', '')
        .replace(':fingerprint', 'v1:a')
        .replace(/:id\{.*/, ':id')
      return `${method} ${name}`.replace('/tail', '/tail?after=0')
    })
  expect(own.length).toBeGreaterThan(15)
  expect(own.filter((route) => !known.has(route))).toEqual([])
})

describe('a secret', () => {
  test('lets nobody in who has no session, an old one, or one that is forged', async () => {
    const { store } = await filled()
    const app = mounted({ store, auth: { secret: SECRET } })
    const { cookie } = await session(app)
    const [name, value] = cookie.split('=') as [string, string]
    const late = Math.floor(Date.now() / 1000) - 1
    const forged = [
      '',
      `${name}=${value.slice(0, -1)}x`,
      `${name}=${value.replace(/^\d+/, '99999999999')}`,
      `${name}=${late}.${'a'.repeat(22)}.ada.${'b'.repeat(43)}`,
      `${name}=`,
      `klaxon=${value}`,
    ]
    for (const each of forged)
      for (const path of PAGES) {
        const response = await app.request(`${ORIGIN}/klaxon${path}`, { headers: { cookie: each } })
        expect([path, response.status]).toEqual([path, 303])
        expect(response.headers.get('location')).toContain('/klaxon/login')
        const json = await app.request(`${ORIGIN}/klaxon${path}`, {
          headers: { cookie: each, accept: 'application/json' },
        })
        expect(json.status).toBe(401)
      }
    for (const each of forged)
      for (const path of CHANGES) {
        const response = await app.request(`${ORIGIN}/klaxon${path}`, {
          method: 'POST',
          headers: { cookie: each, 'sec-fetch-site': 'same-origin' },
        })
        expect([path, response.status]).toEqual([path, 401])
      }
    for (const path of PAGES.slice(0, 2))
      expect(
        (await app.request(`${ORIGIN}/klaxon${path}`, { headers: { cookie } })).headers.get(
          'location',
        ),
      ).toBe('/klaxon/issues?q=is%3Aopen')
    for (const path of PAGES.slice(2))
      expect((await app.request(`${ORIGIN}/klaxon${path}`, { headers: { cookie } })).status).toBe(
        200,
      )
  })

  test('that is changed ends every session', async () => {
    const { store } = await filled()
    const { cookie } = await session(mounted({ store, auth: { secret: SECRET } }))
    const app = mounted({ store, auth: { secret: 't'.repeat(32) } })
    expect((await app.request(`${ORIGIN}/klaxon/issues`, { headers: { cookie } })).status).toBe(303)
  })

  test('that is wrong too often gets a 429, and the right one is always taken', async () => {
    const app = mounted({ store: memory(), auth: { secret: SECRET } })
    const statuses: number[] = []
    for (let nth = 0; nth < 8; nth++) statuses.push((await session(app, 'wrong')).response.status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    expect((await session(app)).response.status).toBe(303)
  })

  test('has a cookie that scripts and other sites do not get', async () => {
    const { response } = await session(mounted({ store: memory(), auth: { secret: SECRET } }))
    const cookie = response.headers.get('set-cookie')!
    for (const part of ['__Secure-klaxon=', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/klaxon'])
      expect(cookie).toContain(part)
  })

  test('leads back to pages of the dashboard and nowhere else', async () => {
    const app = mounted({ store: memory(), auth: { secret: SECRET } })
    for (const back of [
      'https://evil.example/',
      '//evil.example',
      '/other',
      '/klaxon/../x\\y',
      '../other',
      'issues/../../other',
      'login?back=issues',
      'i/a\\b',
      'javascript:alert(1)',
    ]) {
      const { status, headers } = await app.request(`${ORIGIN}/klaxon/login`, {
        method: 'POST',
        headers: {
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ secret: SECRET, back }),
      })
      expect([status, headers.get('location')]).toEqual([303, '/klaxon/issues?q=is%3Aopen'])
    }
  })
})

describe('the page that was asked for', () => {
  /** Follows a link without a session, logs in, and returns where that leads. */
  async function arrival(app: Hono, address: string, toServer = (url: string) => url) {
    const closed = await app.request(toServer(address))
    const login = new URL(closed.headers.get('location')!, address)
    const html = await (await app.request(toServer(String(login)))).text()
    const back = /name="back" value="([^"]*)"/.exec(html)![1]!.replaceAll('&amp;', '&')
    const response = await app.request(toServer(String(new URL('login', login))), {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ secret: SECRET, back }),
    })
    expect([closed.status, response.status]).toEqual([303, 303])
    return String(new URL(response.headers.get('location')!, address))
  }

  const pages = [
    '/i/v1:a?q=env%3Alive',
    '/occurrences',
    '/issues?q=is%3Aopen&sort=count',
    '/health',
  ]

  test.each(pages)('comes after the login: %s', async (path) => {
    const app = mounted({ store: memory(), auth: { secret: SECRET } })
    const address = `${ORIGIN}/klaxon${path}`
    expect(await arrival(app, address)).toBe(address)
  })

  test.each(pages)(
    'comes after the login behind a proxy that strips a prefix: %s',
    async (path) => {
      const auth = { secret: SECRET }
      const address = `${ORIGIN}/tools/klaxon${path}`
      const toServer = (url: string) => url.replace('/tools', '')
      const app = mounted({ store: memory(), auth, path: '/tools/klaxon' })
      expect(await arrival(app, address, toServer)).toBe(address)
    },
  )

  test('comes after the login under app.mount, and under a pattern', async () => {
    const auth = { secret: SECRET }
    const under = new Hono().mount(
      '/klaxon',
      dashboard({ store: memory(), auth, path: '/klaxon' }).fetch,
    )
    expect(await arrival(under, `${ORIGIN}/klaxon/alerts`)).toBe(`${ORIGIN}/klaxon/alerts`)
    const tenants = new Hono().route('/:tenant/klaxon', dashboard({ store: memory(), auth }))
    expect(await arrival(tenants, `${ORIGIN}/ac%20me/klaxon/alerts`)).toBe(
      `${ORIGIN}/ac%20me/klaxon/alerts`,
    )
  })

  test('is the list for the address of the dashboard itself', async () => {
    const app = mounted({ store: memory(), auth: { secret: SECRET }, path: '/tools/klaxon' })
    const toServer = (url: string) => url.replace('/tools', '')
    for (const address of [`${ORIGIN}/tools/klaxon`, `${ORIGIN}/tools/klaxon/`])
      expect(await arrival(app, address, toServer)).toBe(
        `${ORIGIN}/tools/klaxon/issues?q=is%3Aopen`,
      )
    const { cookie } = await session(app)
    const list = await app.request(`${ORIGIN}/klaxon/`, { headers: { cookie } })
    expect(list.headers.get('location')).toBe('/tools/klaxon/issues?q=is%3Aopen')
  })

  test('is where an action is undone, with the query that led there', async () => {
    const { store } = await filled()
    const auth = { by: () => ({ name: 'ada' }) }
    const app = mounted({ store, auth, path: '/tools/klaxon' })
    const post = (path: string, fields: Record<string, string>) =>
      app.request(`${ORIGIN}/klaxon/${path}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams(fields),
      })
    for (const [page, path] of [
      ['i/v1:a?list=q%3Dstatus%253A500', 'i/v1:a?list=q%3Dstatus%253A500'],
      ['issues?q=status%3A500', 'issues'],
    ] as const) {
      const done = await post(path, { action: 'resolve', fp: 'v1:a', q: 'status:500' })
      const location = done.headers.get('location')!
      expect(location).toMatch(`/tools/klaxon/${page}&done=Resolved`)
      const html = await (await app.request(location.replace('/tools', ''))).text()
      const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)![1]!
      const undo = /action="[^"]*\/undo".*?<\/form>/s.exec(html)![0]
      const fields = [...undo.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
        ([, name, value]) => [name!, value!] as const,
      )
      expect(field('id')).not.toBe('')
      const undone = await post('undo', Object.fromEntries(fields))
      expect(undone.headers.get('location')).toMatch(`/tools/klaxon/${page}&done=Undone`)
      expect((await store.issues())[0]!.state).toBe('open')
    }
  })
})

describe('a change', () => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields)

  test('needs the same origin and the token of the session', async () => {
    const { store } = await filled()
    const app = mounted({ store, auth: { secret: SECRET } })
    const { cookie, token } = await session(app)
    const send = (headers: Record<string, string>, fields: Record<string, string>) =>
      app.request(`${ORIGIN}/klaxon/i/v1:a`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: form({ action: 'resolve', ...fields }),
      })
    const refused = [
      await send({}, { token }),
      await send({ 'sec-fetch-site': 'cross-site' }, { token }),
      await send({ 'sec-fetch-site': 'same-site' }, { token }),
      await send({ 'sec-fetch-site': 'none' }, { token }),
      await send({ origin: 'https://evil.example' }, { token }),
      await send({ 'sec-fetch-site': 'same-origin' }, {}),
      await send({ 'sec-fetch-site': 'same-origin' }, { token: 'x'.repeat(43) }),
    ]
    for (const response of refused) expect(response.status).toBe(403)
    expect((await store.issues())[0]!.state).toBe('open')
    expect((await send({ 'sec-fetch-site': 'same-origin' }, { token })).status).toBe(303)
    expect((await store.issues())[0]!.state).toBe('resolved')
    expect((await send({ origin: ORIGIN }, { token, action: 'reopen' })).status).toBe(303)
    expect((await store.issues())[0]!.state).toBe('open')
  })

  test('is what logging out is: another site cannot do it', async () => {
    const app = mounted({ store: memory(), auth: { secret: SECRET } })
    const { cookie, token } = await session(app)
    const out = (fields: Record<string, string>) =>
      app.request(`${ORIGIN}/klaxon/logout`, {
        method: 'POST',
        headers: {
          cookie,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form(fields),
      })
    expect((await out({})).status).toBe(403)
    const response = await out({ token })
    expect(response.status).toBe(303)
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0')
  })

  test('is not for those who may only read', async () => {
    const { store } = await filled()
    for (const options of [
      { readOnly: true, auth: { by: () => ({ name: 'ada' }) } },
      { auth: { by: () => ({ name: 'ada', readOnly: true }) } },
    ]) {
      const app = mounted({ store, ...options })
      for (const path of CHANGES.filter((each) => each !== '/logout')) {
        const response = await app.request(`${ORIGIN}/klaxon${path}`, {
          method: 'POST',
          headers: {
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: form({ action: 'resolve', fp: 'v1:a' }),
        })
        expect([path, response.status]).toEqual([path, 403])
      }
      expect(await (await app.request(`${ORIGIN}/klaxon/issues`)).text()).not.toContain(
        'name="action"',
      )
    }
    expect((await store.issues())[0]!.state).toBe('open')
  })
})

describe('a page', () => {
  test('shows the marks that would turn the text around them', async () => {
    const store = memory()
    const title = 'Error: \u202egnp.exe\u2066'
    await store.write(aBatch({ occurrences: [anEntry({ title, occurredAt: Date.now() })] }))
    const app = mounted({ store, auth: { by: () => ({ name: 'ada' }) } })
    for (const path of ['/issues', '/i/v1:a', '/occurrences', '/tail?after=0']) {
      const html = await (await app.request(`${ORIGIN}/klaxon${path}`)).text()
      expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
      expect(html).toContain('Error: \\u202egnp.exe\\u2066')
    }
  })

  test('that could not be read leads to itself, whatever address a proxy asks for', async () => {
    const fails = async () => Promise.reject(new StoreError('transient'))
    const store = { ...memory(), issues: fails, occurrences: fails }
    const app = mounted({ store, auth: { by: () => ({ name: 'ada' }) } })
    const response = await app.request('http://10.0.0.7:3000/klaxon/issues?q=is%3Aopen')
    expect(response.status).toBe(503)
    const html = await response.text()
    expect(html).toMatch(/<a class="b" href="">\s*Try again/)
    expect(html).not.toContain('10.0.0.7')
  })

  test('has a strict policy, and no proxy may keep or change it', async () => {
    const { store } = await filled()
    const app = mounted({ store, auth: { by: () => ({ name: 'ada' }) } })
    const { headers } = await app.request(`${ORIGIN}/klaxon/issues`)
    const policy = headers.get('content-security-policy')!
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[\w-]{22}'/)
    expect(policy).not.toContain('unsafe')
    expect(headers.get('cache-control')).toBe('private, no-store, no-transform')
    const again = await app.request(`${ORIGIN}/klaxon/issues`)
    expect(again.headers.get('content-security-policy')).not.toBe(policy)
  })

  test('is no issue of the app that it is mounted in, and is not enveloped', async () => {
    const { store } = await filled()
    const recorded = memory()
    const klaxon = createKlaxon({ store: recorded, log: false })
    const app = new Hono()
      .use(secureHeaders(), compress())
      .route('/api/klaxon', dashboard({ store, auth: { by: () => ({ name: 'ada' }) } }))
    app.route('/api/closed', dashboard({ store, auth: { secret: SECRET } }))
    const wrapped = klaxon.wrap(app)
    const list = await wrapped.request(`${ORIGIN}/api/klaxon/issues`, {
      headers: { accept: 'application/json' },
    })
    expect(await list.json()).toHaveProperty('issues')
    for (const path of ['/api/klaxon/nothing', '/api/klaxon/e/nothing', '/api/klaxon/i/v1:zz'])
      expect((await wrapped.request(ORIGIN + path)).status).toBe(404)
    expect(
      (
        await wrapped.request(`${ORIGIN}/api/closed/issues`, {
          headers: { accept: 'application/json' },
        })
      ).status,
    ).toBe(401)
    await klaxon.flush()
    expect(await recorded.issues()).toEqual([])
  })
})
