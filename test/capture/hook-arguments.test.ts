import { expect, test, vi } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

/**
 * Hooks such as SvelteKit's `handle` and Astro's `onRequest` get an event first, so a user calls
 * the wrapped handler.
 */
const failing = (..._rest: unknown[]) => new Response('no', { status: 503 })
const request = () => new Request('http://localhost/x', { headers: { 'x-request-id': 'r-1' } })

test('bindings and waitUntil of a platform are taken where a fetch handler has them, and all arguments are handed on', async () => {
  const store = memory()
  const options = vi.fn((_env: { NAME: string }) => ({ store, log: false as const }))
  const handler = vi.fn(failing)
  const run = createKlaxon(options).wrap(handler)
  const platform = { env: { NAME: 'shop' }, ctx: { waitUntil: vi.fn() } }
  for (let i = 0; i < 3; i++) {
    const [event, resolve] = [{ nth: i }, () => {}]
    run(request(), platform.env, platform.ctx, event, resolve)
    expect(handler.mock.lastCall!.slice(1)).toEqual([platform.env, platform.ctx, event, resolve])
  }
  expect(options.mock.calls).toEqual([[platform.env]])
  expect(platform.ctx.waitUntil).toHaveBeenCalled()
  await Promise.all(platform.ctx.waitUntil.mock.calls.map(([promise]) => promise))
  expect(await store.occurrences()).toHaveLength(3)
})

test('without a platform the options get process.env, and the address is taken', async () => {
  const store = memory()
  const options = vi.fn(() => ({ store, log: false as const }))
  const klaxon = createKlaxon(options)
  const run = klaxon.wrap(failing)
  for (const hostname of ['203.0.113.7', '203.0.113.8'])
    run(request(), { remoteAddr: { hostname } }, undefined, {}, () => {})
  await klaxon.flush()
  expect(options.mock.calls).toEqual([[process.env]])
  expect(new Set((await store.occurrences()).map(({ clientIp }) => clientIp))).toEqual(
    new Set(['203.0.113.7', '203.0.113.8']),
  )
})

test('an event and a function in the places of env and ctx do no harm', async () => {
  const store = memory()
  const klaxon = createKlaxon({ store, log: false })
  const run = klaxon.wrap(failing)
  // Astro's context has getters that throw if there is no client.
  const event = {
    get clientAddress(): string {
      throw new Error('prerendered')
    },
  }
  const response = run(request(), event, async () => new Response())
  expect(response.headers.get('x-error-id')).not.toBeNull()
  await klaxon.flush()
  expect(await store.occurrences()).toMatchObject([{ status: 503, requestId: 'r-1' }])
})

test('a hook that reports and a status that is returned are two records', async () => {
  const store = memory()
  const klaxon = createKlaxon({ store, log: false })
  const run = klaxon.wrap((incoming: Request) => {
    klaxon.report(new Error('seen by a hook'), { request: incoming })
    return new Response('no', { status: 500 })
  })
  const response = run(request())
  await klaxon.flush()
  const rows = await store.occurrences()
  expect(rows).toHaveLength(2)
  expect(rows.find(({ kind }) => kind === 'thrown')!.errorMessage).toBe('seen by a hook')
  const status = rows.find(({ kind }) => kind === 'status')!
  expect(response.headers.get('x-error-id')).toBe(status.id)
})
