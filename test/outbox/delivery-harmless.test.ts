import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import type { Notifier } from '../../src/model/channel.ts'
import type { Fallback } from '../../src/model/fallback.ts'
import type { Store } from '../../src/model/store.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { expectAccounts, keptLog } from '../support/rig/checker.ts'

type Create = typeof createKlaxon
type Fetch = (request: Request, env: unknown, ctx: unknown) => unknown

const boom = (): never => {
  throw new RangeError('made to fail')
}
const never = () => new Promise<never>(() => {})
const rejects = () => Promise.reject(new RangeError('made to fail'))

/**
 * One request of each kind: a success, an enveloped success, a returned failure, a throw, a throw
 * with a status.
 */
async function handler(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/fine') return new Response('fine', { headers: { 'x-own': '1' } })
  if (pathname === '/api/fine') return json('{"message":"m","n":1}', 200)
  if (pathname === '/api/missing') return json('{"message":"No"}', 404)
  if (pathname === '/away') return new Response('Away', { status: 503 })
  if (pathname === '/api/teapot') throw Object.assign(new Error('Short and stout'), { status: 418 })
  throw new TypeError('Broken', { cause: new Error('deeper') })
}
const json = (body: string, status: number) =>
  new Response(body, { status, headers: { 'content-type': 'application/json' } })
const ENV = {}
const INTERNAL = '{"success":false,"result":null,"message":"Internal Server Error"}'

const PATHS = [
  '/fine',
  '/api/fine',
  '/api/missing',
  '/away',
  '/api/teapot',
  '/api/broken',
  '/broken',
]

/** Status, headers and body of every answer, without the error ids, which always differ. */
async function answers(create: Create, options: KlaxonOptions | (() => KlaxonOptions)) {
  const klaxon = create(options as KlaxonOptions)
  const fetch = klaxon.wrap(handler) as unknown as Fetch
  const all: unknown[] = []
  for (const path of PATHS) {
    const response = (await fetch(new Request(`http://x${path}`), ENV, undefined)) as Response
    const headers = [...response.headers].filter(([name]) => name !== 'x-error-id')
    all.push([path, response.status, headers, await response.text()])
  }
  return { all, klaxon }
}

const store = (over: Partial<Store>): Store => ({ ...memory(), ...over })
const notifier = (send: () => unknown): Notifier => ({ name: 'n', send }) as Notifier
const fallback = (put: () => unknown): Fallback => ({ name: 'f', put, replay: put }) as Fallback
const unreadable = new Proxy({}, { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom })

const options: [string, KlaxonOptions | (() => KlaxonOptions)][] = [
  ['capture throws', { capture: boom }],
  ['capture never settles', { capture: never as never }],
  ['onError throws', { onError: boom }],
  ['onError never settles', { onError: never as never }],
  ['onError returns what cannot be read', { onError: (() => unreadable) as never }],
  ['user throws', { user: boom }],
  ['user rejects', { user: rejects as never }],
  ['user returns what cannot be read', { user: () => unreadable }],
  ['clientIp throws', { clientIp: boom }],
  ['route throws', { route: boom }],
  ['route returns an object', { route: (() => ({})) as never }],
  ['fingerprint throws', { fingerprint: boom }],
  ['redact throws', { redact: boom as never }],
  ['redact returns a BigInt', { redact: (() => 1n) as never }],
  ['log throws', { log: { error: boom, warn: boom } }],
  ['alerts.when throws', { alerts: { when: boom }, notify: notifier(async () => ({ ok: true })) }],
  ['a notifier throws', { notify: notifier(boom) }],
  ['a notifier rejects', { notify: notifier(rejects) }],
  ['a notifier never settles', { notify: notifier(never) }],
  ['a notifier returns nothing', { notify: notifier(() => undefined) }],
  ['a notifier returns what cannot be read', { notify: notifier(() => unreadable) }],
  ['a route predicate throws', { notify: { to: notifier(boom), when: boom } }],
  ['the store throws', { store: store({ write: boom }) }],
  ['the store rejects with nothing', { store: store({ write: () => Promise.reject() }) }],
  [
    'the store rejects with what cannot be read',
    { store: store({ write: () => Promise.reject(unreadable) }) },
  ],
  ['the store never settles', { store: store({ write: never }) }],
  ['the store returns nothing', { store: store({ write: (async () => undefined) as never }) }],
  [
    'settle throws',
    { store: store({ settle: boom }), notify: notifier(async () => ({ ok: true })) },
  ],
  ['the fallback throws', { store: store({ write: rejects }), fallback: fallback(boom) }],
  ['the fallback never settles', { store: store({ write: rejects }), fallback: fallback(never) }],
  ['the options function throws', boom],
]

afterEach(() => {
  for (const path of INTERNALS) vi.doUnmock(path)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('what fails behind a response never changes it', () => {
  test.each(options)('%s', async (_name, input) => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => {})
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const control = await answers(createKlaxon, { store: memory(), log: false })
    const log = keptLog()
    const given = typeof input === 'function' ? input : { store: memory(), log, ...input }
    const { all, klaxon } = await answers(createKlaxon, given)
    expect(all).toEqual(control.all)
    await vi.advanceTimersByTimeAsync(60_000)
    expectAccounts(klaxon)
    expect(klaxon.stats()).toMatchObject({ captured: 5, inFlight: 0 })
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 0))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(quiet.mock.calls.length).toBeLessThanOrEqual(2)
  })

  test.each<[string, () => void]>([
    ['Date.now', () => vi.spyOn(Date, 'now').mockImplementation(boom)],
    ['crypto.getRandomValues', () => vi.spyOn(crypto, 'getRandomValues').mockImplementation(boom)],
    ['crypto.randomUUID', () => vi.spyOn(crypto, 'randomUUID').mockImplementation(boom)],
    ['JSON.stringify', () => vi.spyOn(JSON, 'stringify').mockImplementation(boom)],
    ['setTimeout', () => vi.spyOn(globalThis, 'setTimeout').mockImplementation(boom as never)],
  ])('%s throws', async (name, sabotage) => {
    const control = await answers(createKlaxon, { store: memory(), log: false })
    const klaxon = createKlaxon({ store: memory(), log: keptLog() })
    const responses: [string, Response][] = []
    const fetch = klaxon.wrap(handler) as unknown as Fetch
    sabotage()
    try {
      for (const path of PATHS)
        responses.push([
          path,
          (await fetch(new Request(`http://x${path}`), ENV, undefined)) as Response,
        ])
    } finally {
      vi.restoreAllMocks()
    }
    const all = await Promise.all(
      responses.map(async ([path, response]) => [
        path,
        response.status,
        [...response.headers].filter(([header]) => header !== 'x-error-id'),
        await response.text(),
      ]),
    )
    for (const [nth, answer] of all.entries()) expectSame(answer, control.all[nth], name)
    expectAccounts(klaxon)
  })
})

/** A hostile value may throw when it is inspected. */
function isResponse(value: unknown): boolean {
  try {
    return value instanceof Response
  } catch {
    return false
  }
}

/**
 * Whether the fault is in the construction of a klaxon, which then throws.
 */
function isMaking(create: Create): boolean {
  try {
    create({ store: memory() })
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return true
  }
}

/**
 * The expected response: the same as without the fault. If code that builds a response is broken,
 * it is the handler's response, or the plain 500 of a throw.
 */
function expectSame(answer: unknown, control: unknown, fault: string): void {
  const [where, status, , body] = answer as [string, number, unknown, string]
  const [, expected, , same] = control as [string, number, unknown, string]
  const bare = { '/api/fine': '{"message":"m","n":1}', '/api/missing': '{"message":"No"}' }[where]
  const what = `${fault}, ${where}`
  const isThrow = !['/fine', '/api/fine', '/api/missing', '/away'].includes(where)
  const plain = isThrow && (body === 'Internal Server Error' || body === INTERNAL)
  if (!plain) expect([same, bare], what).toContain(body)
  expect(status, what).toBe(plain ? 500 : expected)
}

/**
 * The modules whose functions run between a handler and its response or its row. Factories run
 * once, at construction. `observe` is the guard itself.
 */
const INTERNALS = Object.keys(
  import.meta.glob([
    '../../src/{capture,outbox,util}/*.ts',
    '../../src/envelope/rewrite/{respond,splice}.ts',
    // The wrapper itself, the functions of the guard, and the timer of the host.
    '!**/{fetch,guards,sleep}.ts',
  ]),
)

describe('each internal function made to throw, one at a time', () => {
  for (const path of INTERNALS) {
    test(`${path.replace('../../src/', '')} throws, and the answers stay the same`, async () => {
      const control = await answers(createKlaxon, { store: memory(), log: false })
      const names = Object.entries((await import(/* @vite-ignore */ path)) as object).filter(
        ([name, value]) => typeof value === 'function' && !/^create|^[A-Z]|^observe$/.test(name),
      )
      for (const [name] of names) {
        vi.doUnmock(path)
        vi.resetModules()
        vi.doMock(path, async (original) => ({ ...(await original<object>()), [name]: boom }))
        const { createKlaxon: broken } = (await import('../../src/klaxon.ts')) as {
          createKlaxon: Create
        }
        if (isMaking(broken)) continue
        const { all, klaxon } = await answers(broken, { store: memory(), log: keptLog() })
        for (const [nth, answer] of all.entries())
          expectSame(answer, control.all[nth], `${name} broken`)
        await klaxon.flush({ timeoutMs: 200 })
        expectAccounts(klaxon)
        expect(klaxon.stats().inFlight, name).toBe(0)
      }
    }, 60_000)
  }
})

describe('whatever a handler returns', () => {
  test.each([
    ['a proxy that cannot be read', unreadable],
    ['null', null],
    ['text', 'text'],
    ['an object with a status', { status: 404 }],
  ])('%s goes back to the host as it came', async (_name, value) => {
    const fetch = createKlaxon({ store: memory(), log: keptLog() }).wrap(() => value) as Fetch
    expect(Object.is(fetch(new Request('http://x/'), ENV, undefined), value)).toBe(true)
  })
})

describe('whatever is thrown', () => {
  const cyclic = Object.assign(new Error('a'), { cause: undefined as unknown })
  cyclic.cause = new Error('b', { cause: cyclic })
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
  })
  const fixed = [
    null,
    undefined,
    Symbol('s'),
    boom,
    cyclic,
    unreadable,
    NaN,
    1n,
    new WeakMap(),
    globalThis,
    -0,
  ]
  const members = {
    status: anything,
    message: anything,
    name: anything,
    getResponse: anything,
    cause: anything,
  }
  const body = fc
    .integer({ min: 200, max: 599 })
    .filter((status) => ![204, 205, 304].includes(status))
  // Functions that make the value, because fast-check inspects the values that it passes.
  const hostile: fc.Arbitrary<() => unknown> = fc.oneof(
    anything.map((value) => () => value),
    fc.nat(fixed.length - 1).map((nth) => () => fixed[nth]),
    fc.string().map((message) => () => new Error(message)),
    fc
      .string()
      .map((message) => () => Object.defineProperty(new Error(message), 'stack', { get: boom })),
    fc.record(members).map((value) => () => value),
    fc.array(anything, { maxLength: 4 }).map((errors) => () => new AggregateError(errors, 'many')),
    body.map((status) => () => new Response('carried', { status })),
    fc.constant(() => new Proxy(new Error('p'), { get: boom })),
    fc.constant(() => Object.assign(new Error('x'), { getResponse: boom })),
  )

  test('10,000 generated values: none escapes, each is answered and recorded', async () => {
    const kept = memory()
    const klaxon = createKlaxon({ store: kept, log: keptLog(), maxRowsPerMinute: false })
    let value: unknown
    const fetch = klaxon.wrap(() => {
      throw value
    }) as unknown as Fetch
    let nth = 0
    /** A thrown redirect is a response of the app, and no failure. */
    let redirects = 0
    await fc.assert(
      fc.asyncProperty(hostile, async (thrown) => {
        value = thrown()
        const response = (await fetch(
          new Request(`http://x/${nth++ % 2 === 0 ? 'api' : 'page'}`),
          {},
          undefined,
        )) as Response
        expect(response).toBeInstanceOf(Response)
        expect(response.status).toBeGreaterThanOrEqual(200)
        if (response.status >= 300 && response.status < 400) redirects++
        if (nth % 200 === 0) await klaxon.flush()
      }),
      { numRuns: 10_000, seed: 2 },
    )
    await klaxon.flush()
    expectAccounts(klaxon)
    expect(klaxon.stats()).toMatchObject({
      captured: nth - redirects,
      stored: nth - redirects,
    })
  }, 60_000)

  test('with rethrow it is the same value', async () => {
    const klaxon = createKlaxon({ store: memory(), log: keptLog(), rethrow: true })
    let value: unknown
    const fetch = klaxon.wrap(async () => {
      throw value
    }) as unknown as (request: Request) => Promise<unknown>
    await fc.assert(
      fc.asyncProperty(hostile, async (thrown) => {
        value = thrown()
        const outcome = await fetch(new Request('http://x/')).then(
          () => 'answered',
          (error: unknown) => ({ error }),
        )
        // A value with a response is answered with that response.
        if (isResponse(value)) expect(outcome).toBe('answered')
        else expect(Object.is((outcome as { error: unknown }).error, value)).toBe(true)
      }),
      { numRuns: 1_000, seed: 3 },
    )
    await klaxon.flush()
    expectAccounts(klaxon)
  }, 180_000)
})
