import { Hono } from 'hono'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Log } from '../../src/config/logger.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { recording } from '../support/recording.ts'

type Fetch = (request: Request) => Promise<Response>

const ask = (path = '/') => new Request(`http://x${path}`)
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

afterEach(() => {
  vi.restoreAllMocks()
})

test('10,000 requests at 50 at a time never mix what they say of themselves', async () => {
  const { klaxon, recorded } = recording({ context: true, maxRowsPerMinute: false })
  const run = klaxon.wrap(async (request: Request) => {
    const nth = new URL(request.url).pathname.slice(1)
    klaxon.set({ nth })
    await turn()
    klaxon.note(`first of ${nth}`)
    await Promise.resolve()
    klaxon.note(`second of ${nth}`)
    return new Response(null, { status: Number(nth) % 10 === 0 ? 503 : 200 })
  }) as unknown as Fetch
  let next = 0
  async function worker(): Promise<void> {
    while (next < 10_000) await run(ask(`/${next++}`))
  }
  await Promise.all(Array.from({ length: 50 }, worker))
  const rows = await recorded()
  expect(rows).toHaveLength(1_000)
  for (const { path, context, breadcrumbs } of rows) {
    const nth = path.slice(1)
    expect(context).toEqual({ nth })
    expect(breadcrumbs!.map(({ message }) => message)).toEqual([
      `first of ${nth}`,
      `second of ${nth}`,
    ])
  }
}, 60_000)

describe('what a request says of itself', () => {
  test('is stored with a throw, of events too, and with a report', async () => {
    const { klaxon, recorded } = recording({ context: true })
    const worker = klaxon.wrap({
      fetch: async () => {
        klaxon.set({ orderId: 7 })
        klaxon.set({ step: 'pay' })
        klaxon.report(new Error('reported'))
        throw new Error('thrown')
      },
      scheduled: async () => {
        klaxon.note('started', { rows: 3 })
        throw new Error('cron')
      },
    })
    await worker.fetch(...([ask()] as unknown as []))
    await expect(worker.scheduled()).rejects.toThrow('cron')
    expect(await recorded()).toMatchObject([
      { errorMessage: 'reported', context: { orderId: 7, step: 'pay' } },
      { errorMessage: 'thrown', context: { orderId: 7, step: 'pay' } },
      { errorMessage: 'cron', breadcrumbs: [{ message: 'started', data: { rows: 3 } }] },
    ])
  })

  test('is redacted, and capped at the newest 30 notes and 4 KB', async () => {
    const { klaxon, recorded } = recording({ context: true })
    const run = klaxon.wrap(async () => {
      klaxon.set({ password: 'hunter2', plan: 'gold' })
      for (let i = 0; i < 40; i++) klaxon.note(`note ${i} ${'x'.repeat(i > 35 ? 400 : 10)}`)
      klaxon.note('login with Bearer canary-credential-1234567890', { token: 'canary' })
      return new Response(null, { status: 500 })
    }) as unknown as Fetch
    await run(ask())
    const [row] = await recorded()
    expect(row!.context).toEqual({ password: '[Filtered]', plan: 'gold' })
    const { breadcrumbs } = row!
    expect(JSON.stringify(breadcrumbs)).not.toContain('canary')
    expect(JSON.stringify(breadcrumbs).length).toBeLessThan(4_400)
    expect(breadcrumbs!.length).toBeLessThanOrEqual(30)
    expect(breadcrumbs!.at(-1)!.message).toMatch(/^login with/)
  })

  test('is shared by c.get("klaxon") and klaxon.set() in one Hono request', async () => {
    const { klaxon, recorded } = recording({ context: true })
    const app = new Hono().get('/x', (c) => {
      c.get('klaxon').set({ a: 1 })
      klaxon.set({ b: 2 })
      return c.text('no', 500)
    })
    await klaxon.wrap(app).fetch(ask('/x'))
    expect(await recorded()).toMatchObject([{ context: { a: 1, b: 2 } }])
  })

  test('is warned of once and does nothing without the option', async () => {
    const warn = vi.fn()
    const log: Log = { error() {}, warn }
    const klaxon = createKlaxon({ log })
    const run = klaxon.wrap(async () => {
      klaxon.set({ a: 1 })
      klaxon.note('x')
      return new Response('ok')
    }) as unknown as Fetch
    for (let i = 0; i < 3; i++) expect((await run(ask())).status).toBe(200)
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls[0]![0]).toContain('`context: true`')
  })

  test('is warned of where the host has no AsyncLocalStorage', async () => {
    vi.resetModules()
    vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => undefined) as never)
    const { createKlaxon: fresh } = await import('../../src/klaxon.ts')
    const warn = vi.fn()
    const klaxon = fresh({ context: true, log: { error() {}, warn } })
    const run = klaxon.wrap(async () => new Response('ok')) as unknown as Fetch
    expect((await run(ask())).status).toBe(200)
    expect(warn.mock.calls.join()).toContain('nodejs_compat')
  })
})

test('lines of the console and outgoing requests are noted where they are turned on', async () => {
  const { console: before } = globalThis
  const [info, fetchBefore] = [before.info, globalThis.fetch]
  const shown = vi.fn()
  before.info = shown
  const preconnect = (): void => {}
  const replaced = async () => new Response(null, { status: 402 })
  globalThis.fetch = Object.assign(replaced, { preconnect }) as typeof fetch
  try {
    const { klaxon, recorded } = recording({ breadcrumbs: { console: true, fetch: true, most: 3 } })
    createKlaxon({ breadcrumbs: { console: true, fetch: true }, log: false })
    expect(globalThis.fetch).not.toBe(replaced)
    expect(globalThis.fetch).toHaveProperty('preconnect', preconnect)
    expect(globalThis.fetch.name).toBe('replaced')
    const run = klaxon.wrap(async () => {
      console.info('dropped: the oldest')
      console.info('paying with', { token: 'canary' }, 7)
      const response = await fetch('https://pay.example/charge?key=canary', { method: 'POST' })
      klaxon.note('told')
      return new Response(null, { status: response.status })
    }) as unknown as Fetch
    await run(ask())
    expect(shown).toHaveBeenCalledTimes(2)
    const [row] = await recorded()
    expect(row!.breadcrumbs).toMatchObject([
      { kind: 'console', message: 'paying with [object] 7', data: { level: 'info' } },
      { kind: 'fetch', message: 'POST https://pay.example/charge', data: { status: 402 } },
      { kind: 'note', message: 'told' },
    ])
  } finally {
    before.info = info
    globalThis.fetch = fetchBefore
  }
})
