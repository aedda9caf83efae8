import { Hono } from 'hono'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

/**
 * The occurrence of one request whose handler throws `value`, or returns it when it is a Response.
 */
async function occurrenceOf(
  value: unknown,
  options: KlaxonOptions = {},
  request = new Request('http://shop.example:8080/orders/7?page=2'),
  second?: unknown,
): Promise<Occurrence> {
  const store = memory()
  const instance = createKlaxon({ store, log: false, ...options })
  const handler = (_request: Request, _second?: unknown): Response => {
    if (value instanceof Response) return value
    throw value
  }
  instance.wrap(handler)(request, second)
  await instance.flush()
  const [occurrence] = await store.occurrences()
  return occurrence!
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('an occurrence', () => {
  test('has every field of a throw', async () => {
    const request = new Request('http://shop.example:8080/orders/7?page=2', {
      method: 'POST',
      headers: {
        'user-agent': 'curl/8',
        'x-request-id': 'r-1',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        accept: 'application/json',
        cookie: 'a=b',
      },
    })
    Object.defineProperty(request, 'cf', { value: { colo: 'ICN', country: 'KR' } })
    const error = new TypeError('bad order', { cause: new Error('no stock') })
    const options = {
      environment: 'prod',
      release: 'v7',
      route: () => '/orders/:id',
      user: () => ({ id: 9, name: 'ada' }),
    }
    const occurrence = await occurrenceOf(error, options, request)
    expect(occurrence).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      occurredAt: expect.any(Number),
      fingerprint: expect.stringMatching(/^v1:[0-9a-f]{32}$/),
      title: 'TypeError: bad order',
      kind: 'thrown',
      service: null,
      status: 500,
      method: 'POST',
      path: '/orders/7',
      query: 'page=2',
      route: '/orders/:id',
      host: 'shop.example:8080',
      clientIp: null,
      userAgent: 'curl/8',
      userId: '9',
      username: 'ada',
      errorName: 'TypeError',
      errorMessage: 'bad order',
      errorStack: expect.stringContaining('bad order'),
      causes: [{ name: 'Error', message: 'no stock', stack: expect.stringContaining('no stock') }],
      requestId: 'r-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      release: 'v7',
      environment: 'prod',
      runtime: 'node',
      colo: 'ICN',
      country: 'KR',
      headers: expect.objectContaining({ accept: 'application/json' }),
      extra: null,
      context: null,
      breadcrumbs: null,
      debugIds: null,
      resentFrom: null,
      durationMs: null,
    })
    expect(Math.abs(Date.now() - occurrence.occurredAt)).toBeLessThan(60_000)
    expect(JSON.stringify(occurrence.headers)).not.toContain('cookie')
  })

  test('has no user, environment or release when nothing tells them', async () => {
    vi.stubEnv('NODE_ENV', '')
    const occurrence = await occurrenceOf(new Response(null, { status: 500 }))
    expect(occurrence).toMatchObject({
      userId: null,
      username: null,
      environment: null,
      release: null,
      errorName: null,
    })
  })

  test('takes environment and release from the bindings', async () => {
    const store = memory()
    const instance = createKlaxon(() => ({ store, log: false }))
    const env = { ENVIRONMENT: 'staging', CF_VERSION_METADATA: { id: 'abc-1' } }
    instance.wrap((_request: Request, _env: object) => new Response(null, { status: 500 }))(
      new Request('http://x/'),
      env,
    )
    await instance.flush()
    expect((await store.occurrences())[0]).toMatchObject({
      environment: 'staging',
      release: 'abc-1',
    })
  })

  test.each([
    ['an id of zeros', '00-00000000000000000000000000000000-00f067aa0ba902b7-01'],
    ['version ff', 'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ['upper case', '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01'],
    ['junk', 'hello'],
  ])('has no trace id from a traceparent with %s', async (_, traceparent) => {
    const request = new Request('http://x/', { headers: { traceparent } })
    expect((await occurrenceOf(new Error(), {}, request)).traceId).toBeNull()
  })

  test('ignores addresses that a client can write', async () => {
    const headers = {
      'x-forwarded-for': '6.6.6.6',
      'cf-connecting-ip': '6.6.6.6',
      'x-real-ip': '6.6.6.6',
    }
    const socket = { incoming: { socket: { remoteAddress: '::ffff:10.0.0.9' } } }
    const request = new Request('http://x/', { headers })
    expect((await occurrenceOf(new Error(), {}, request)).clientIp).toBeNull()
    expect((await occurrenceOf(new Error(), {}, request, socket)).clientIp).toBe('10.0.0.9')
    expect((await occurrenceOf(new Error(), { trustProxy: 1 }, request, socket)).clientIp).toBe(
      '6.6.6.6',
    )
  })

  test('takes the user from the payload of a JWT when Hono has no user', async () => {
    const store = memory()
    const instance = createKlaxon({ store, log: false })
    const app = new Hono<{ Variables: { jwtPayload: object } }>()
    app.use(async (c, next) => {
      c.set('jwtPayload', { sub: 'u-1', name: 'Grace' })
      await next()
    })
    app.get('/', () => {
      throw new Error('x')
    })
    await instance.wrap(app).fetch(new Request('http://x/'))
    await instance.flush()
    expect((await store.occurrences())[0]).toMatchObject({ userId: 'u-1', username: 'Grace' })
  })
})

describe('the caps of an occurrence', () => {
  const bytes = (text: string | null): number => new TextEncoder().encode(text ?? '').length

  test('hold message, stack and record, and leave a mark', async () => {
    const error = new Error('m'.repeat(5_000_000))
    error.stack = 's'.repeat(5_000_000)
    let cause = error
    for (let i = 0; i < 20; i++)
      cause = cause.cause = Object.assign(new Error('c'.repeat(100_000)), {
        stack: 't'.repeat(100_000),
      })
    const occurrence = await occurrenceOf(error)
    expect(bytes(occurrence.errorMessage)).toBeLessThanOrEqual(2_048)
    expect(occurrence.errorMessage).toMatch(/\[cut\]$/)
    expect(bytes(occurrence.errorStack)).toBeLessThanOrEqual(16_384)
    expect(occurrence.causes!.length).toBeLessThanOrEqual(6)
    expect(bytes(JSON.stringify(occurrence))).toBeLessThanOrEqual(32_768)
  })

  test('hold a path, a query and headers of 40 KB', async () => {
    const request = new Request(`http://x/${'p'.repeat(40_000)}?q=${'v'.repeat(40_000)}`, {
      headers: { 'user-agent': 'u'.repeat(8_000), accept: 'a'.repeat(8_000) },
    })
    const occurrence = await occurrenceOf(new Error('x'), {}, request)
    expect(occurrence.path.length).toBeLessThanOrEqual(2_048)
    expect(occurrence.query!.length).toBeLessThanOrEqual(2_048)
    expect(bytes(JSON.stringify(occurrence))).toBeLessThanOrEqual(32_768)
  })
})

describe('any value may be thrown', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no')
      },
      has() {
        throw new Error('no')
      },
      getPrototypeOf() {
        throw new Error('no')
      },
      ownKeys() {
        throw new Error('no')
      },
    },
  )
  const cyclic = new Error('round')
  cyclic.cause = cyclic
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const getter = {
    get message(): string {
      throw new Error('no')
    },
    get stack(): string {
      throw new Error('no')
    },
  }

  test.each<[string, unknown, Partial<Occurrence>]>([
    ['null', null, { errorName: 'null', errorMessage: 'null' }],
    ['undefined', undefined, { errorName: 'undefined', errorMessage: 'undefined' }],
    ['a string', 'text', { errorName: 'string', errorMessage: 'text' }],
    ['a symbol', Symbol('s'), { errorName: 'symbol', errorMessage: 'Symbol(s)' }],
    ['a bigint', 10n, { errorName: 'bigint', errorMessage: '10' }],
    ['a plain object', { a: 1 }, { errorName: 'Object', errorMessage: '{"a":1}' }],
    ['a function', function oops() {}, { errorName: 'oops' }],
    ['a Proxy that throws on every touch', hostile, {}],
    ['a revoked Proxy', revoked.proxy, {}],
    ['getters that throw', getter, {}],
    ['an error that causes itself', cyclic, { errorMessage: 'round', causes: null }],
    [
      'an AggregateError',
      new AggregateError([new Error('a'), new Error('b')], 'many'),
      { errorMessage: 'many' },
    ],
  ])('%s is recorded', async (_, value, expected) => {
    expect(await occurrenceOf(value)).toMatchObject({ kind: 'thrown', status: 500, ...expected })
  })

  test('the members of an AggregateError are its causes', async () => {
    const { causes } = await occurrenceOf(
      new AggregateError([new Error('a'), new Error('b')], 'many'),
    )
    expect(causes!.map((cause) => cause.message)).toEqual(['a', 'b'])
  })

  test('10,000 generated values escape never, and come back the same with rethrow', () => {
    const log = { error() {}, warn() {} }
    const instance = createKlaxon({ log })
    const again = createKlaxon({ log, rethrow: true })
    const values = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withObjectString: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      fc.record(
        {
          name: fc.anything(),
          message: fc.anything(),
          stack: fc.anything(),
          cause: fc.anything(),
          errors: fc.anything(),
          status: fc.anything(),
          expose: fc.anything(),
          getResponse: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    )
    fc.assert(
      fc.property(values, (value) => {
        const thrower = (_request: Request): Response => {
          throw value
        }
        const response = instance.wrap(thrower)(new Request('http://x/api/x'))
        expect(response.status).toBeGreaterThanOrEqual(400)
        let caught: unknown
        try {
          again.wrap(thrower)(new Request('http://x/'))
        } catch (error) {
          caught = error
        }
        expect(Object.is(caught, value)).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  }, 180_000)
})
