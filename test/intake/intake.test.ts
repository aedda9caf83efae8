import vm from 'node:vm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { REPORT_SCRIPT } from '../../src/intake/script.ts'
import type { IntakeOptions } from '../../src/intake/intake.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Alert } from '../../src/model/alert.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { expectAccounts, keptLog } from '../support/rig/checker.ts'

const ORIGIN = 'https://shop.example'
const REPORT = {
  name: 'TypeError',
  message: "Cannot read properties of undefined (reading 'price')",
  stack: 'TypeError: …\n    at total (https://shop.example/cart.js:1:204)',
  url: `${ORIGIN}/cart`,
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12) })
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(options: KlaxonOptions = {}, intakeOptions?: IntakeOptions) {
  const store = memory()
  const log = keptLog()
  const klaxon = createKlaxon({ store, log, service: 'shop', ...options })
  const take = klaxon.intake(intakeOptions)
  async function post(
    body: BodyInit | null,
    { origin = ORIGIN, client = '203.0.113.7', url = `${ORIGIN}/klaxon` } = {},
  ) {
    const headers = { 'user-agent': 'Browser/1', ...(origin === '' ? {} : { origin }) }
    const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit
    const response = await take(new Request(url, init), { remoteAddr: { hostname: client } })
    return { status: response.status, refused: response.headers.get('x-klaxon-intake') }
  }
  const rows = async () => {
    await klaxon.flush()
    return store.occurrences({ limit: 1_000 })
  }
  return { klaxon, store, log, take, post, rows }
}

const TAKEN = { status: 204, refused: null }
const refused = (why: string) => ({ status: 204, refused: `refused: ${why}` })

describe("a browser's report", () => {
  test('is an occurrence of kind browser and of a service of its own', async () => {
    const { klaxon, post, rows } = setUp()
    expect(await post(JSON.stringify(REPORT))).toEqual(TAKEN)
    expect(await rows()).toMatchObject([
      {
        kind: 'browser',
        service: 'shop/browser',
        runtime: 'browser',
        status: 0,
        host: 'shop.example',
        path: '/cart',
        userAgent: 'Browser/1',
        errorName: 'TypeError',
        errorMessage: REPORT.message,
        errorStack: REPORT.stack,
        debugIds: null,
      },
    ])
    expectAccounts(klaxon)
  })

  test('is of the service browser where the app has no name', async () => {
    const { post, rows } = setUp({ service: undefined })
    await post(JSON.stringify(REPORT))
    expect(await rows()).toMatchObject([{ service: 'browser' }])
  })

  test('is redacted as everything else, and says nothing of a query or a resend', async () => {
    const { take, rows } = setUp()
    const body = JSON.stringify({
      ...REPORT,
      message: 'refused: Bearer abcdefghijklmnopqrstuvwxyz0123456789',
      url: `${ORIGIN}/cart?token=abc#x`,
    })
    const headers = { origin: ORIGIN, cookie: 'a=b', 'x-klaxon-resend': crypto.randomUUID() }
    await take(new Request(`${ORIGIN}/klaxon`, { method: 'POST', body, headers }))
    const [row] = await rows()
    expect(row).toMatchObject({ path: '/cart', query: null, resentFrom: null })
    expect(JSON.stringify(row)).not.toMatch(/abcdefghijklm|token|a=b/)
  })

  test('has no frames that its message makes up', async () => {
    const { post, rows } = setUp()
    const message = 'no such order\n    at evil (https://shop.example/admin.js:1:1)'
    const frame = '    at total (https://shop.example/cart.js:1:204)'
    await post(JSON.stringify({ ...REPORT, message, stack: `TypeError: ${message}\n${frame}` }))
    expect((await rows())[0]!.errorStack).toBe(
      `TypeError: no such order\n    | at evil (https://shop.example/admin.js:1:1)\n${frame}`,
    )
  })

  test('goes to a channel only by a rule', async () => {
    const sent: string[] = []
    const channel = (name: string) => ({
      name,
      async send(alert: Alert) {
        sent.push(`${name} ${alert.kind === 'issue' ? alert.issue.kind : alert.kind}`)
        return { ok: true as const }
      },
    })
    const { klaxon, post } = setUp({
      notify: [channel('all'), { to: channel('ruled'), when: ({ kind }) => kind === 'browser' }],
    })
    await post(JSON.stringify(REPORT))
    klaxon.report(new Error("the server's own"))
    await klaxon.flush()
    expect(sent.toSorted()).toEqual(['all thrown', 'ruled browser'])
  })

  test('is taken from the origins that are named, and from no other', async () => {
    const { post, rows } = setUp({}, { origins: ['https://app.example'] })
    const body = JSON.stringify(REPORT)
    expect(await post(body, { origin: 'https://app.example' })).toEqual(TAKEN)
    for (const origin of [
      '',
      'null',
      ORIGIN,
      'https://app.example.evil',
      'https://app.example/',
      'https://APP.example',
      'http://app.example',
      '//app.example',
      'x'.repeat(5_000),
    ])
      expect(await post(body, { origin })).toEqual(refused('origin'))
    const [row, ...others] = await rows()
    expect(others).toEqual([])
    // The page in the report is not of the origin of the request.
    expect(row).toMatchObject({ host: 'app.example', path: '/' })
  })

  test('is taken from the own host where no origin is named, behind a proxy that ends TLS too', async () => {
    const { post } = setUp()
    const url = 'http://shop.example/klaxon'
    expect(await post(JSON.stringify(REPORT), { url })).toEqual(TAKEN)
    expect(await post(JSON.stringify(REPORT), { url, origin: 'https://evil.example' })).toEqual(
      refused('origin'),
    )
  })

  test('is never answered with a failure, so that no client fills the database with 4xx', async () => {
    const { klaxon, take, rows } = setUp()
    const wrapped = klaxon.wrap((request: Request, env: unknown, ctx: unknown) =>
      take(request, env, ctx),
    ) as unknown as (request: Request) => Promise<Response>
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await wrapped(new Request(`${ORIGIN}/klaxon`, { method }))).status).toBe(204)
    expect(await rows()).toEqual([])
  })
})

describe('a hostile client', () => {
  test('sends anything as a body, and it is refused or recorded, and never thrown', async () => {
    const { post, klaxon, log } = setUp({}, { rate: 1_000_000 })
    const member = fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.webUrl())
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({
          name: member,
          message: fc.oneof(fc.string(), member),
          stack: member,
          url: member,
        })
        .map((value) =>
          JSON.stringify(value, (_key, each: unknown) =>
            typeof each === 'bigint' ? `${each}` : each,
          ),
        ),
    )
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { status, refused: why } = await post(text)
        expect(status).toBe(204)
        expect([null, 'refused: body']).toContain(why)
      }),
      { numRuns: 500 },
    )
    await post(new Uint8Array([0xff, 0xfe, 0x00, 0x7b]))
    await klaxon.flush()
    expectAccounts(klaxon)
    expect(log.warnings()).toEqual([])
  })

  test('sends a body without an end, and 16 KB of it are read', async () => {
    const { post } = setUp()
    let pulled = 0
    let isCancelled = false
    const body = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(1_024).fill(0x20))
      },
      cancel() {
        isCancelled = true
      },
    })
    expect(await post(body)).toEqual(refused('body'))
    expect(pulled).toBeLessThan(32)
    await vi.waitFor(() => expect(isCancelled).toBe(true))
  })

  test('sends a body that stops half-way, and is given up after five seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const { post } = setUp()
    const answered = vi.fn()
    const body = new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([0x7b])) })
    void post(body).then(answered)
    await vi.advanceTimersByTimeAsync(4_900)
    expect(answered).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(answered).toHaveBeenCalledWith(refused('body'))
  })

  test('floods, and leaves room for the reports of others, of which so many a minute are taken', async () => {
    const { post, rows } = setUp({}, { rate: 20 })
    const body = JSON.stringify(REPORT)
    for (let nth = 0; nth < 500; nth++) await post(body, { client: '198.51.100.1' })
    expect(await rows()).toHaveLength(5)
    for (let nth = 0; nth < 10; nth++)
      expect(await post(body, { client: `203.0.113.${nth}` })).toEqual(TAKEN)
    for (let nth = 0; nth < 5_000; nth++)
      await post(body, { client: `10.0.${nth >> 8}.${nth & 255}` })
    expect(await rows()).toHaveLength(20)
    expect(await post(body)).toEqual(refused('rate'))
    vi.setSystemTime(Date.now() + 60_000)
    expect(await post(body)).toEqual(TAKEN)
  })

  test('gets sixty rows a minute, and the rest is counted in its issue', async () => {
    const { post, rows, store } = setUp({}, { rate: 10_000 })
    for (let nth = 0; nth < 200; nth++) await post(JSON.stringify(REPORT))
    expect(await rows()).toHaveLength(60)
    expect((await store.issues()).map(({ count }) => count)).toEqual([200])
  })
})

describe('the script', () => {
  test('is less than 700 bytes, and sets no cookie', async () => {
    const { take } = setUp()
    const response = await take(new Request(`${ORIGIN}/klaxon`))
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.text()).toBe(REPORT_SCRIPT)
    expect(Buffer.byteLength(REPORT_SCRIPT)).toBeLessThan(700)
    const head = await take(new Request(`${ORIGIN}/klaxon`, { method: 'HEAD' }))
    expect(await head.text()).toBe('')
  })

  /** Runs the script in a page that keeps its reports. */
  function page() {
    const listeners: Record<string, (event: unknown) => void> = {}
    const sent: { to: string; report: Record<string, string> }[] = []
    const context = {
      document: { currentScript: { src: `${ORIGIN}/klaxon` } },
      location: { href: `${ORIGIN}/cart?token=abc#top` },
      addEventListener: (name: string, listener: never) => (listeners[name] = listener),
      navigator: {
        sendBeacon: (to: string, text: string) =>
          sent.push({ to, report: JSON.parse(text) as Record<string, string> }),
      },
    }
    vm.runInNewContext(REPORT_SCRIPT, context)
    return { listeners, sent }
  }

  test('reports errors and rejections to where it came from, at most ten a page', async () => {
    const { listeners, sent } = page()
    listeners['error']!({
      error: new TypeError('no price'),
      message: 'Uncaught TypeError: no price',
    })
    listeners['error']!({
      error: null,
      message: 'Script error.',
      filename: '',
      lineno: 0,
      colno: 0,
    })
    listeners['unhandledrejection']!({ reason: 'plain text' })
    listeners['unhandledrejection']!({ reason: undefined })
    // An image that did not load has no message.
    listeners['error']!({ target: {} })
    for (let nth = 0; nth < 50; nth++)
      listeners['error']!({ error: new Error('again'), message: 'x' })
    expect(sent).toHaveLength(10)
    expect(sent.slice(0, 4).map(({ report }) => [report['name'], report['message']])).toEqual([
      ['TypeError', 'no price'],
      ['Error', 'Script error.'],
      ['Error', 'plain text'],
      ['Error', '[object Object]'],
    ])
    for (const { to, report } of sent) {
      expect(to).toBe(`${ORIGIN}/klaxon`)
      expect(report['url']).toBe(`${ORIGIN}/cart`)
    }
    const { post, rows } = setUp()
    for (const { report } of sent) expect(await post(JSON.stringify(report))).toEqual(TAKEN)
    expect(await rows()).toHaveLength(10)
  })
})

test.each([
  [{ origins: 'https://app.example' }, 'option `origins` of intake() must be a list of origins'],
  [{ origins: ['app.example'] }, 'option `origins` of intake() must be a list of origins'],
  [{ origins: ['https://app.example/path'] }, 'option `origins` of intake() must be a list'],
  [{ rate: -1 }, 'option `rate` of intake() must be reports a minute'],
  [{ rate: '60' }, 'option `rate` of intake() must be reports a minute'],
])('intake(%j) is a KlaxonError that names the option', (options, words) => {
  expect(() => createKlaxon({}).intake(options as never)).toThrow(words)
})
