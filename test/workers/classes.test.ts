import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createKlaxon, withKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory.ts'

class Shop extends WorkerEntrypoint {
  async fetch(request: Request): Promise<Response> {
    if (request.url.endsWith('/api/boom')) throw new Error(`no stock at ${typeof this.env}`)
    return Response.json({ message: 'hi', price: this.price() })
  }

  async scheduled(): Promise<void> {
    throw new Error('cron broke')
  }

  price(): number {
    return 7
  }
}

test('a WorkerEntrypoint is wrapped as a class and keeps its other methods', async () => {
  const store = memory()
  const Wrapped = withKlaxon(Shop, { store, log: false })
  expect(Wrapped.name).toBe('Shop')
  const ctx = createExecutionContext()
  const instance = new Wrapped(ctx, env)
  expect(instance).toBeInstanceOf(Shop)
  expect(instance.price()).toBe(7)
  const hello = await instance.fetch(new Request('http://x/api/hello'))
  expect(await hello.json()).toEqual({ success: true, result: { price: 7 }, message: 'hi' })
  const boom = await instance.fetch(new Request('http://x/api/boom'))
  expect(boom.status).toBe(500)
  await expect(instance.scheduled()).rejects.toThrow('cron broke')
  await waitOnExecutionContext(ctx)
  const rows = await store.occurrences()
  expect(new Set(rows.map((row) => row.errorMessage))).toEqual(
    new Set(['cron broke', 'no stock at object']),
  )
})

test('a Durable Object keeps the methods that handle web sockets as they are', () => {
  class Room {
    ctx = {}
    env = {}
    fetch(): Response {
      return new Response('ok')
    }
    webSocketMessage(): void {}
    alarm(): void {}
  }
  const Wrapped = createKlaxon({ log: false }).wrap(Room)
  expect(Object.getOwnPropertyNames(Wrapped.prototype)).toEqual(['constructor', 'fetch'])
})
