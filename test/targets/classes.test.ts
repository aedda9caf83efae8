import { describe, expect, test, vi } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { recording } from '../support/recording.ts'

const ask = () => new Request('http://x/')

/** Replacements for the classes of `cloudflare:workers`, which klaxon knows by their names. */
class WorkerEntrypoint {
  ctx: unknown
  env: unknown
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}
class WorkflowEntrypoint extends WorkerEntrypoint {
  static {
    Object.defineProperty(this, 'name', { value: 'WorkflowEntrypoint' })
  }
}
class DurableObject {
  ctx: unknown
  env: unknown
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}

describe('a class', () => {
  test('of RPC methods alone stays a class, and its reports know the env', async () => {
    const { klaxon, recorded } = recording()
    const envs = vi.fn()
    const byEnv = createKlaxon((env: object) => {
      envs(env)
      return { log: false }
    })
    class Api extends WorkerEntrypoint {
      add(a: number, b: number): number {
        klaxon.report(new Error('handled'))
        return a + b
      }
    }
    const env = { NAME: 'shop' }
    const api = new (byEnv.wrap(Api))({}, env)
    expect(envs).toHaveBeenCalledWith(env)
    expect(api.add(1, 2)).toBe(3)
    expect(api).toBeInstanceOf(Api)
    expect(await recorded()).toHaveLength(1)
  })

  test('with nothing but scheduled has it recorded', async () => {
    const { klaxon, recorded } = recording()
    class Cron extends WorkerEntrypoint {
      async scheduled(_event: { cron: string }): Promise<void> {
        throw new Error('cron broke')
      }
    }
    const cron = new (klaxon.wrap(Cron))({}, {})
    await expect(cron.scheduled({ cron: '* * * * *' })).rejects.toThrow('cron broke')
    expect(await recorded()).toMatchObject([{ method: 'SCHEDULED', path: '* * * * *' }])
  })

  test.each(['scheduled', 'queue', 'email', 'tail'] as const)(
    'with nothing but %s has it recorded where it extends no class of the runtime',
    async (name) => {
      const { klaxon, recorded } = recording()
      class Plain {
        async [name](_event: object): Promise<void> {
          throw new Error('event broke')
        }
      }
      const plain = new (klaxon.wrap(Plain))() as unknown as Record<string, Plain[typeof name]>
      await expect(plain[name]!({ messages: [] })).rejects.toThrow('event broke')
      expect(await recorded()).toMatchObject([{ method: name.toUpperCase() }])
      expect(Object.getOwnPropertyNames(Object.getPrototypeOf(plain))).toEqual([
        'constructor',
        name,
      ])
    },
  )

  test('with nothing but run is refused where it extends no class of the runtime', () => {
    const { klaxon } = recording()
    class Job {
      async run(): Promise<void> {}
    }
    expect(() => klaxon.wrap(Job)).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }))
  })

  test('that only calls fetch has no handler, and is refused', () => {
    const { klaxon } = recording()
    class Job {
      async run(api: { fetch(): Promise<Response> }): Promise<Response> {
        const { status } = await fetch('https://shop.example/stock')
        // Another fetch if that one failed.
        return status === 200 ? await globalThis.fetch('http://x/') : await api.fetch()
      }
    }
    expect(() => klaxon.wrap(Job)).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }))
  })

  test('that gets its fetch in the constructor is observed', async () => {
    const { klaxon, recorded } = recording()
    const fetch = (_request: Request): Response => new Response('no', { status: 404 })
    class Assigned {
      declare fetch: (request: Request) => Response
      constructor() {
        this.fetch = fetch
      }
    }
    class Defined extends Assigned {
      constructor() {
        super()
        Object.defineProperty(this, 'fetch', { value: fetch, configurable: true })
      }
    }
    class Merged {
      declare fetch: (request: Request) => Response
      constructor() {
        Object.assign(this, { fetch })
      }
    }
    class MergedMethod {
      declare fetch: (request: Request) => Response
      constructor() {
        Object.assign(this, {
          fetch(request: Request) {
            return fetch(request)
          },
        })
      }
    }
    class Defaulted {
      declare fetch: (request: Request) => Response
      constructor() {
        this.fetch ??= fetch
      }
    }
    const all = [Assigned, Defined, Merged, MergedMethod, Defaulted]
    for (const Target of all) new (klaxon.wrap(Target))().fetch(ask())
    expect(await recorded()).toHaveLength(all.length)
  })

  test('of a Workflow has what run throws recorded once and thrown on', async () => {
    const { klaxon, recorded } = recording()
    const error = new Error('step broke')
    class Orders extends WorkflowEntrypoint {
      async run(event: { payload: number }, step: { do(): Promise<void> }): Promise<number> {
        await step.do()
        return event.payload
      }
    }
    const orders = new (klaxon.wrap(Orders))({ waitUntil() {} }, {})
    expect(await orders.run({ payload: 7 }, { do: async () => {} })).toBe(7)
    await expect(
      orders.run({ payload: 7, workflowName: 'orders' } as never, {
        do: async () => {
          throw error
        },
      }),
    ).rejects.toBe(error)
    expect(await recorded()).toMatchObject([
      { method: 'WORKFLOW', path: 'orders', errorMessage: 'step broke' },
    ])
  })

  test('with fetch as a field is observed, and has its own this', async () => {
    const { klaxon, recorded } = recording()
    class Api extends WorkerEntrypoint {
      name = 'api'
      fetch = async (_request: Request): Promise<Response> => {
        throw new Error(`${this.name} broke`)
      }
    }
    class Plain {
      fetch = (_request: Request): Response => new Response('no', { status: 404 })
    }
    expect((await new (klaxon.wrap(Api))({}, {}).fetch(ask())).status).toBe(500)
    expect(new (klaxon.wrap(Plain))().fetch(ask()).headers.get('x-error-id')).not.toBeNull()
    expect(await recorded()).toMatchObject([{ errorMessage: 'api broke' }, { status: 404 }])
  })

  test('of a Durable Object keeps a method of its own that is called as an event', async () => {
    const { klaxon, recorded } = recording()
    class Room extends DurableObject {
      fetch(_request: Request): Response {
        return new Response('ok')
      }
      run(): never {
        throw new Error('own')
      }
    }
    const room = new (klaxon.wrap(Room))({}, {})
    expect(() => room.run()).toThrow('own')
    expect(await recorded()).toEqual([])
  })

  test('without any handler is refused', () => {
    const { klaxon } = recording()
    class Sum {
      add(a: number, b: number): number {
        return a + b
      }
    }
    expect(() => klaxon.wrap(Sum)).toThrow(expect.objectContaining({ code: 'BAD_TARGET' }))
  })
})

describe('a function', () => {
  test('keeps its members, its name and the number of its parameters', async () => {
    const { klaxon, recorded } = recording()
    const own = Symbol('own')
    const handler = function shop(_request: Request, _env: unknown): Response {
      return new Response('no', { status: 404 })
    }
    const target = Object.assign(handler, { version: 2, [own]: true })
    const wrapped = klaxon.wrap(Object.assign(target, { fetch: target }))
    expect([wrapped.version, wrapped[own], wrapped.name, wrapped.length]).toEqual([
      2,
      true,
      'shop',
      2,
    ])
    expect(wrapped.fetch).toBe(wrapped)
    wrapped.fetch(ask(), {})
    expect(await recorded()).toHaveLength(1)
    expect((target as unknown as { fetch: unknown }).fetch).toBe(target)
  })
})
