import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { DurableObject, env, WorkerEntrypoint } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createKlaxon, withKlaxon } from '../../../src/klaxon.ts'
import { memory } from '../../../src/store/memory/memory.ts'

class Shop extends WorkerEntrypoint {
  async fetch(request: Request): Promise<Response> {
    if (request.url.endsWith('/api/boom')) throw new Error(`no stock at ${typeof this.env}`)
    return Response.json({ message: 'hi', price: this.price(), given: arguments.length })
  }

  async scheduled(): Promise<void> {
    throw new Error('cron broke')
  }

  price(): number {
    return 7
  }
}

test('a WorkerEntrypoint is wrapped as a class and keeps its arguments and its other methods', async () => {
  const store = memory()
  const Wrapped = withKlaxon(Shop, { store, log: false })
  expect(Wrapped.name).toBe('Shop')
  const ctx = createExecutionContext()
  const instance = new Wrapped(ctx, env)
  expect(instance).toBeInstanceOf(Shop)
  expect(instance.price()).toBe(7)
  const hello = await instance.fetch(new Request('http://x/api/hello'))
  expect(await hello.json()).toMatchObject({ result: { price: 7, given: 1 }, message: 'hi' })
  const boom = await instance.fetch(new Request('http://x/api/boom'))
  expect(boom.status).toBe(500)
  await expect(instance.scheduled()).rejects.toThrow('cron broke')
  await waitOnExecutionContext(ctx)
  const rows = await store.occurrences()
  expect(new Set(rows.map((row) => row.errorMessage))).toEqual(
    new Set(['cron broke', 'no stock at object']),
  )
})

test('a WorkerEntrypoint has a queue handler that acknowledges nothing it cannot handle', async () => {
  const Wrapped = withKlaxon(Shop, { log: false })
  const instance = new Wrapped(createExecutionContext(), env) as unknown as {
    queue(batch: unknown): Promise<void>
  }
  await expect(instance.queue({ queue: 'orders', messages: [{ body: 1 }] })).rejects.toMatchObject({
    code: 'NO_HANDLER',
  })
})

class Room extends DurableObject {
  fetch(): Response {
    return new Response('ok')
  }
  webSocketMessage(): void {}
  webSocketClose(): void {}
  webSocketError(): void {}
  alarm(): void {}
  // The runtime does not treat these names as event handlers here. They are called by RPC.
  queue(item: string, place: number): string {
    return `${item} at ${place}`
  }
  email(): void {}
}

test('of a Durable Object klaxon wraps fetch and nothing else', () => {
  const Wrapped = createKlaxon({ log: false }).wrap(Room)
  expect(Object.getOwnPropertyNames(Wrapped.prototype)).toEqual(['constructor', 'fetch'])
  expect(Object.getPrototypeOf(Wrapped.prototype)).toBe(Room.prototype)
  for (const name of Object.getOwnPropertyNames(Room.prototype)) {
    if (name === 'constructor' || name === 'fetch') continue
    expect(Wrapped.prototype[name as 'alarm']).toBe(Room.prototype[name as 'alarm'])
  }
})

test('a Durable Object that extends nothing is given its env all the same', async () => {
  const given: unknown[] = []
  class Classic {
    state: object
    constructor(state: object, _env: object) {
      this.state = state
    }
    fetch(_request: Request): Response {
      throw new Error(`broke with ${Object.keys(this).join()}`)
    }
  }
  const store = memory()
  const Wrapped = withKlaxon(Classic, (bindings) => {
    given.push(bindings)
    return { store, log: false }
  })
  const ctx = createExecutionContext()
  expect(new Wrapped(ctx, env).fetch(new Request('http://x/')).status).toBe(500)
  await waitOnExecutionContext(ctx)
  expect(given).toEqual([env])
  expect(await store.occurrences()).toMatchObject([{ errorMessage: 'broke with state' }])
})
