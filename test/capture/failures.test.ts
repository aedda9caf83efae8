import { afterEach, describe, expect, test, vi } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { recording } from '../support/recording.ts'

type Fetch = (request: Request, ...rest: unknown[]) => unknown

const ask = (path = '/', init?: RequestInit) => new Request(`http://x${path}`, init)
const tick = () => new Promise((resolve) => setTimeout(resolve, 1))

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function wrapped(handler: Fetch, ...options: Parameters<typeof recording>) {
  const { klaxon, recorded } = recording(...options)
  const run = klaxon.wrap(handler)
  return {
    klaxon,
    recorded,
    run: async (request: Request, ...rest: unknown[]) => (await run(request, ...rest)) as Response,
  }
}

describe('one object for two requests', () => {
  const later =
    (value: () => unknown): Fetch =>
    async (request) => {
      await tick()
      void request
      return value()
    }

  test.each<[string, () => Response]>([
    ['without headers', () => new Response(null, { status: 410 })],
    [
      'with headers of its own',
      () =>
        new Response(null, { status: 410, headers: { 'content-type': 'text/plain', 'x-a': '1' } }),
    ],
  ])('a shared Response %s goes out with an id for each', async (_, make) => {
    const gone = make()
    const { run, recorded } = wrapped(later(() => gone))
    const responses = await Promise.all([run(ask('/a')), run(ask('/b')), run(ask('/c'))])
    const ids = responses.map(({ headers }) => headers.get('x-error-id'))
    expect(ids).toEqual((await recorded()).map(({ id }) => id))
    expect(new Set(ids).size).toBe(3)
    expect(gone.headers.get('x-error-id')).toBeNull()
  })

  test.each<[string, unknown]>([
    ['Error', new Error('full')],
    ['Response', new Response(null, { status: 503 })],
    ['object that carries a response', { getResponse: () => new Response('no', { status: 429 }) }],
    ['text', 'full'],
  ])('a shared %s that is thrown is a failure of each', async (_, thrown) => {
    const { run, recorded } = wrapped(
      later(() => {
        throw thrown
      }),
    )
    const responses = await Promise.all([run(ask('/a')), run(ask('/b'))])
    const ids = responses.map(({ headers }) => headers.get('x-error-id'))
    expect(new Set(ids)).toEqual(new Set((await recorded()).map(({ id }) => id)))
    expect(new Set(ids).size).toBe(2)
  })
})

describe('one failure', () => {
  test('that is reported with its request and then thrown is one row', async () => {
    const { klaxon, run, recorded } = wrapped(async (request) => {
      const error = new Error('once')
      klaxon.report(error, { request })
      throw error
    })
    const response = await run(ask())
    expect(await recorded()).toMatchObject([{ id: response.headers.get('x-error-id') }])
  })

  test('that is reported without its request and then thrown is one row', async () => {
    const { klaxon, run, recorded } = wrapped(async () => {
      const error = new Error('once')
      klaxon.report(error)
      throw error
    })
    await run(ask())
    expect(await recorded()).toHaveLength(1)
  })

  test('that an inner wrapper throws on is one row, whatever request the outer one has', async () => {
    for (const thrown of [new Error('once'), 'once']) {
      const inner = wrapped(
        async () => {
          throw thrown
        },
        { rethrow: true },
      )
      const outer = inner.klaxon.wrap((request: Request) =>
        inner.run(typeof thrown === 'string' ? request : new Request(request)),
      ) as unknown as Fetch
      await expect(outer(ask())).rejects.toBe(thrown)
      expect(await inner.recorded()).toHaveLength(1)
    }
  })

  test('whose response a middleware between two wrappers copies is one row', async () => {
    const inner = wrapped(() => new Response('no', { status: 404 }))
    const outer = inner.klaxon.wrap(async (request: Request) => {
      const response = await inner.run(new Request(request))
      return new Response(response.body, response)
    }) as unknown as Fetch
    const response = (await outer(ask())) as Response
    expect(await inner.recorded()).toMatchObject([{ id: response.headers.get('x-error-id') }])
  })

  test('is another one when the outer handler fails as well', async () => {
    const inner = wrapped(() => new Response('no', { status: 404 }))
    const outer = inner.klaxon.wrap(async (request: Request) => {
      await inner.run(request)
      throw new RangeError('outside')
    }) as unknown as Fetch
    const response = (await outer(ask())) as Response
    const rows = await inner.recorded()
    expect(rows).toMatchObject([{ status: 404 }, { status: 500, errorMessage: 'outside' }])
    expect(response.headers.get('x-error-id')).toBe(rows[1]!.id)
  })
})

describe('a client that has left', () => {
  test('is counted, and no issue', async () => {
    const { klaxon, run, recorded } = wrapped(async (request) => {
      await new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
      })
    })
    for (const reason of [undefined, 'hung up', new Error('gone')]) {
      const controller = new AbortController()
      const pending = run(ask('/', { signal: controller.signal }))
      controller.abort(reason)
      expect((await pending).headers.get('x-error-id')).toBeNull()
    }
    expect(await recorded()).toEqual([])
    expect(klaxon.stats()).toMatchObject({ captured: 0, aborted: 3 })
  })

  test('hides no failure of another kind', async () => {
    const controller = new AbortController()
    const { klaxon, run, recorded } = wrapped(async () => {
      controller.abort()
      throw new TypeError('a bug')
    })
    await run(ask('/', { signal: controller.signal }))
    expect(await recorded()).toMatchObject([{ errorMessage: 'a bug' }])
    expect(klaxon.stats().aborted).toBe(0)
  })

  const reason = new Error('gone')
  const aborted = () => {
    const controller = new AbortController()
    controller.abort(reason)
    return ask('/', { signal: controller.signal })
  }

  test.each<[string, unknown]>([
    ['an AbortError of another call', new DOMException('stopped', 'AbortError')],
    ['any error with that name', Object.assign(new Error('stopped'), { name: 'AbortError' })],
    ['an error that the abort has caused', new Error('no body', { cause: reason })],
  ])('is meant by %s', async (_, error) => {
    const { klaxon, run, recorded } = wrapped(async () => {
      throw error
    })
    await run(aborted())
    expect(await recorded()).toEqual([])
    expect(klaxon.stats()).toMatchObject({ captured: 0, aborted: 1 })
  })

  test.each<[string, unknown]>([
    ['an error of another cause', new Error('no body', { cause: new Error('other') })],
    ['an equal error', new Error('gone')],
    ['a text', 'AbortError'],
    ['null', null],
  ])('is not meant by %s', async (_, error) => {
    const { klaxon, run, recorded } = wrapped(async () => {
      throw error
    })
    await run(aborted())
    expect(await recorded()).toHaveLength(1)
    expect(klaxon.stats().aborted).toBe(0)
  })

  test('is not meant by an error without a cause, where the host gives no reason', async () => {
    const request = Object.defineProperty(ask(), 'signal', { value: { aborted: true } })
    const { run, recorded } = wrapped(async () => {
      throw new Error('a bug')
    })
    await run(request)
    expect(await recorded()).toHaveLength(1)
  })

  test('is not meant by an abort of the handler itself', async () => {
    const { run, recorded } = wrapped(async () => {
      throw new DOMException('upstream took too long', 'AbortError')
    })
    await run(ask())
    expect(await recorded()).toHaveLength(1)
  })
})

describe('a returned value', () => {
  test('with a callable `then` is awaited, also where it is a function', async () => {
    const rpc = (): void => {}
    const reject = (_: unknown, no: (error: Error) => void) => no(new Error('remote'))
    // oxlint-disable-next-line unicorn/no-thenable -- it is what an RPC promise of workerd is
    Object.defineProperty(rpc, 'then', { value: reject })
    const { run, recorded } = wrapped(() => rpc)
    expect((await run(ask())).status).toBe(500)
    expect(await recorded()).toMatchObject([{ errorMessage: 'remote' }])
  })
})

describe('a thrown response', () => {
  test('is one by its shape, where the host has replaced the global class', async () => {
    const fetched = new Response('upstream', { status: 502, headers: { 'x-upstream': '1' } })
    vi.stubGlobal('Response', class extends Response {})
    const { run } = wrapped(() => {
      throw fetched
    })
    const response = await run(ask())
    expect([response.status, await response.text()]).toEqual([502, 'upstream'])
    expect(response.headers.get('x-upstream')).toBe('1')
  })

  test('is not an SDK error that has a status and headers', async () => {
    const error = Object.assign(new Error('Incorrect API key sk-1'), {
      status: 401,
      headers: new Headers({ 'x-secret': 'key' }),
    })
    const { run } = wrapped(() => {
      throw error
    })
    const response = await run(ask())
    expect([response.status, await response.text()]).toEqual([401, 'Unauthorized'])
    expect(response.headers.get('x-secret')).toBeNull()
  })

  test('with 3xx is the answer, and recorded only where `capture` says so', async () => {
    const away = () => {
      throw Response.redirect('http://x/login', 302)
    }
    const { run, recorded } = wrapped(away)
    expect((await run(ask())).headers.get('location')).toBe('http://x/login')
    expect(await recorded()).toEqual([])
    const every = wrapped(away, { capture: () => true })
    await every.run(ask())
    expect(await every.recorded()).toMatchObject([{ kind: 'thrown', status: 302 }])
  })
})

test('the status that goes out is recorded, and the option `capture` is told it', async () => {
  const statuses: number[] = []
  const { run, recorded } = wrapped(
    () => {
      throw new Error('x')
    },
    {
      onError: () => new Response('busy', { status: 503 }),
      capture: ({ status }) => statuses.push(status) > 0,
    },
  )
  await run(ask())
  expect(statuses).toEqual([503])
  expect(await recorded()).toMatchObject([{ kind: 'thrown', status: 503 }])
})

test('browsers may read the error id where the app lets them read the response', async () => {
  const cors = { 'access-control-allow-origin': 'https://shop.example' }
  for (const [given, expected] of [
    [cors, 'x-error-id'],
    [{ ...cors, 'access-control-expose-headers': 'x-a' }, 'x-a, x-error-id'],
    [{ ...cors, 'access-control-expose-headers': 'X-Error-Id' }, 'X-Error-Id'],
    [{}, null],
  ] as const) {
    const { run } = wrapped(() => new Response('no', { status: 404, headers: given }))
    expect((await run(ask())).headers.get('access-control-expose-headers')).toBe(expected)
  }
})

describe('report()', () => {
  const byEnv = () => {
    const stores = new Map<string, ReturnType<typeof memory>>()
    const lines: string[] = []
    const log = {
      error: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
    }
    const klaxon = createKlaxon((env: { TENANT: string }) => {
      const store = memory()
      stores.set(env.TENANT, store)
      return { store, log }
    })
    const of = async (tenant: string) => (await stores.get(tenant)?.occurrences()) ?? []
    return { klaxon, of, lines }
  }

  test('with an env goes to the store of that env, also in a fresh isolate', async () => {
    const { klaxon, of } = byEnv()
    klaxon.report(new Error('from a cron'), { env: { TENANT: 'a' } })
    await klaxon.flush()
    expect(await of('a')).toMatchObject([{ errorMessage: 'from a cron' }])
  })

  test('without an env goes to the only one in use', async () => {
    const { klaxon, of } = byEnv()
    const run = klaxon.wrap((...called: [Request, object]) => new Response(called[0].url))
    run(ask(), { TENANT: 'a' })
    klaxon.report(new Error('handled'))
    await klaxon.flush()
    expect(await of('a')).toHaveLength(1)
  })

  test("without an env goes to the log and not to another tenant's store where there are several", async () => {
    const { klaxon, of, lines } = byEnv()
    const run = klaxon.wrap((...called: [Request, object]) => new Response(called[0].url))
    run(ask(), { TENANT: 'a' })
    run(ask(), { TENANT: 'b' })
    for (const message of ['first', 'second']) klaxon.report(new Error(message))
    await klaxon.flush()
    expect([...(await of('a')), ...(await of('b'))]).toEqual([])
    const all = lines.map((line) => JSON.parse(line) as { klaxon: string; message?: string })
    expect(all.filter((line) => line.klaxon === 'occurrence')).toHaveLength(2)
    expect(all.filter((line) => line.message?.includes('env'))).toHaveLength(1)
  })
})
