import { describe, expect, test, vi } from 'vitest'
import { isSuccess, isThenable, isUnchanged, wrapFetch } from '../../src/capture/fetch.ts'
import type { Surface } from '../../src/capture/surface.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createSetup } from '../../src/config/setup.ts'
import { recording } from '../support/recording.ts'

type Fetch = (request: Request) => unknown

const ask = (path = '/') => new Request(`http://x${path}`)
const no = (): never => {
  throw new TypeError('no')
}
/** A value of which every member, and even the question for one, throws. */
const hostile = new Proxy({}, { get: no, has: no, getPrototypeOf: no })

const withThen = (target: object, value: unknown): object =>
  // oxlint-disable-next-line unicorn/no-thenable -- it is what is asked for
  Object.defineProperty(target, 'then', { value })

/** A wrapped handler, and the warnings that klaxon logs. */
function wrapped(handler: Fetch, options: KlaxonOptions = {}) {
  const warnings: string[] = []
  const warn = (line: string) => warnings.push((JSON.parse(line) as { message: string }).message)
  const { klaxon, recorded } = recording({ log: { error() {}, warn }, ...options })
  return { run: klaxon.wrap(handler as never) as unknown as Fetch, recorded, warnings }
}

/** A wrapped handler under a klaxon whose recorder and logger throw. */
function broken(handler: Fetch, options: KlaxonOptions = {}): Fetch {
  const setup = createSetup({ log: false, ...options }, undefined)
  setup.logger = { ...setup.logger, warn: no }
  const surface: Surface = {
    setup,
    recorder: { record: no },
    stats: { aborted: 0 },
    hasContext: false,
  }
  return wrapFetch(handler, { surfaceFor: () => surface })
}

describe('a returned value', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'fine'],
    ['a number', 0],
    ['a symbol', Symbol('s')],
    ['an object', { ok: true }],
    ['a function', () => {}],
    ['an object with headers but no status', { headers: new Headers() }],
    ['an object with a status as text', { headers: {}, status: '500' }],
  ])('that is %s goes back as it is, without a warning', async (_, value) => {
    const { run, recorded, warnings } = wrapped(() => value)
    expect(run(ask())).toBe(value)
    const later = wrapped(async () => value)
    expect(await later.run(ask())).toBe(value)
    expect([...(await recorded()), ...(await later.recorded())]).toEqual([])
    expect([...warnings, ...later.warnings]).toEqual([])
  })

  test('that throws on every touch goes back as it is, with one warning', () => {
    const { run, warnings } = wrapped(() => hostile)
    for (let i = 0; i < 3; i++) expect(run(ask())).toBe(hostile)
    expect(warnings).toEqual(["klaxon failed on a request's path: TypeError"])
  })

  test('with a status that throws goes back as it is, with a warning', () => {
    const value = Object.defineProperty({ headers: new Headers() }, 'status', { get: no })
    const { run, warnings } = wrapped(() => value)
    expect(run(ask())).toBe(value)
    expect(warnings).toEqual(["klaxon failed on a request's path: TypeError"])
  })

  test('that fails, with headers that throw, goes back as it is, with a warning', async () => {
    const value = { status: 500, headers: { get: no } }
    const { run, warnings } = wrapped(() => value)
    expect(run(ask())).toBe(value)
    expect(warnings).toContain("klaxon failed on a request's path: TypeError")
  })

  test('that is a success is not touched: of its members, only the status is read', async () => {
    const response = new Response('fine')
    const seen: PropertyKey[] = []
    const watched = new Proxy(response, {
      get(target, key) {
        seen.push(key)
        return Reflect.get(target, key, target) as unknown
      },
    })
    const { run } = wrapped(() => watched)
    expect(run(ask())).toBe(watched)
    expect(new Set(seen)).toEqual(new Set(['then', 'status']))
  })
})

test.each<[string, unknown, boolean]>([
  ['a promise', Promise.resolve(), true],
  ['an object with a method `then`', withThen({}, () => {}), true],
  [
    'a function with a method `then`',
    withThen(
      () => {},
      () => {},
    ),
    true,
  ],
  ['an object with a `then` that is no method', withThen({}, true), false],
  ['a response', new Response(), false],
  ['a function', () => {}, false],
  ['a text', 'then', false],
  ['undefined', undefined, false],
  ['null', null, false],
  ['an object that throws on every touch', hostile, false],
])('whether a result is awaited: %s', (_, value, isAwaited) => {
  expect(isThenable(value)).toBe(isAwaited)
})

describe('a response stays as it is', () => {
  const json = (status = 200) => Response.json({}, { status })
  const answers = (request: Request, response: Response, options: KlaxonOptions = {}) => {
    const setup = createSetup({ log: false, ...options }, undefined)
    const isSame = isSuccess(setup, request, response)
    expect(isUnchanged(setup, request, response)).toBe(isSame)
    return isSame
  }

  test('where it is a success off the paths of the envelope', () => {
    for (const status of [200, 201, 302, 399]) {
      const response = json()
      Object.defineProperty(response, 'status', { value: status })
      expect(answers(ask(), response)).toBe(true)
    }
  })

  test('not where it failed', () => {
    for (const status of [400, 404, 500]) expect(answers(ask(), json(status))).toBe(false)
  })

  test('not where the option `capture` must be asked', () => {
    expect(answers(ask(), json(), { capture: () => false })).toBe(false)
  })

  test('not where the envelope may change it', () => {
    expect(answers(ask('/api/x'), json())).toBe(false)
    expect(answers(ask('/api/x'), new Response('<p>'))).toBe(true)
    expect(answers(ask('/api/x'), json(), { envelope: false })).toBe(true)
    expect(answers(ask(), json(), { envelope: false })).toBe(true)
  })

  test('where it cannot be read', () => {
    const setup = createSetup({ log: false }, undefined)
    const warn = vi.fn<(topic: string, message: string) => void>()
    setup.logger.warn = warn
    expect(isUnchanged(setup, ask(), hostile)).toBe(true)
    expect(warn).toHaveBeenCalledOnce()
  })
})

describe('when klaxon itself fails, and cannot even warn', () => {
  test('a failed response goes out as it is', async () => {
    const response = new Response('no', { status: 503 })
    expect(broken(() => response)(ask())).toBe(response)
    expect(await broken(async () => response)(ask())).toBe(response)
  })

  test('a throw becomes a plain 500', async () => {
    for (const run of [broken(no), broken(async () => no())]) {
      const response = (await run(ask())) as Response
      expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    }
  })

  test('a throw under `rethrow` is a plain 500 too, because the error is not the handler’s', async () => {
    const response = (await broken(no, { rethrow: true })(ask())) as Response
    expect(response.status).toBe(500)
  })
})

test('with `rethrow` the same value is thrown, whatever it is', async () => {
  for (const thrown of [new Error('x'), 'text', undefined, Number.NaN, hostile]) {
    const handler = () => {
      throw thrown
    }
    expect(thrownBy(() => wrapped(handler, { rethrow: true }).run(ask()))).toBe(thrown)
    const later = wrapped(async () => handler(), { rethrow: true })
    const outcome = await (later.run(ask()) as Promise<unknown>).then(
      () => 'answered',
      (error: unknown) => ({ error }),
    )
    expect(outcome).toHaveProperty('error')
    expect(Object.is((outcome as { error: unknown }).error, thrown)).toBe(true)
  }
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
