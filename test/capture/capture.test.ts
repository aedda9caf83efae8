import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test } from 'vitest'
import type { KlaxonOptions, Outcome } from '../../src/config/options.ts'
import { hush, HUSHED_KEY } from '../../src/util/hush.ts'
import { recording } from '../support/recording.ts'

type Fetch = (request: Request, ...rest: unknown[]) => unknown

const ask = (path = '/') => new Request(`http://x${path}`)
const no = (): never => {
  throw new TypeError('no')
}
const thrower =
  (value: unknown): Fetch =>
  () => {
    throw value
  }
/** An execution context that fails when klaxon asks it for `waitUntil`. */
const failingContext = Object.defineProperty({}, 'waitUntil', { get: no }) as {
  waitUntil(promise: Promise<unknown>): void
}

/** A klaxon, and the warnings that it logs. */
function warning(options: KlaxonOptions = {}) {
  const warnings: { topic: string; message: string }[] = []
  const warn = (line: string) => {
    const { topic, message } = JSON.parse(line) as { topic: string; message: string }
    warnings.push({ topic, message })
  }
  return { ...recording({ log: { error() {}, warn }, ...options }), warnings }
}

function wrapped(handler: Fetch, options: KlaxonOptions = {}) {
  const { klaxon, ...rest } = warning(options)
  const run = klaxon.wrap(handler) as unknown as Fetch
  return {
    ...rest,
    klaxon,
    run: async (request = ask(), ...more: unknown[]) =>
      (await run(request, ...more)) as Response | undefined,
  }
}

describe('the option `capture`', () => {
  test('is told a returned status, its response and the request', async () => {
    const outcomes: Outcome[] = []
    const response = new Response('fine', { status: 201 })
    const request = ask()
    const { run, recorded } = wrapped(() => response, {
      capture: (outcome) => outcomes.push(outcome) > 0,
    })
    await run(request)
    expect(outcomes).toEqual([{ kind: 'status', status: 201, error: undefined, response, request }])
    expect(outcomes[0]!.response).toBe(response)
    expect(outcomes[0]!.request).toBe(request)
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 201 }])
  })

  test('is told a throw, its error and the request', async () => {
    const outcomes: Outcome[] = []
    const error = new Error('x')
    const request = ask()
    const { run } = wrapped(thrower(error), { capture: (outcome) => outcomes.push(outcome) > 0 })
    await run(request)
    expect(outcomes).toEqual([{ kind: 'thrown', status: 500, error, response: null, request }])
    expect(outcomes[0]!.request).toBe(request)
  })

  test('is told of an event by a request of null', async () => {
    const outcomes: Outcome[] = []
    const error = new Error('x')
    const { klaxon } = recording({ capture: (outcome) => outcomes.push(outcome) > 0 })
    const worker = klaxon.wrap({
      fetch: () => new Response(),
      scheduled: async () => {
        throw error
      },
    })
    await expect(worker.scheduled()).rejects.toBe(error)
    expect(outcomes).toEqual([
      { kind: 'thrown', status: 500, error, response: null, request: null },
    ])
  })

  test('that answers nothing has nothing recorded', async () => {
    for (const answer of [undefined, null, false]) {
      const { run, recorded, warnings } = wrapped(thrower(new Error('x')), {
        capture: () => answer as boolean,
      })
      expect((await run())!.headers.get('x-error-id')).toBeNull()
      expect(await recorded()).toEqual([])
      expect(warnings).toEqual([])
    }
  })

  test.each<[string, NonNullable<KlaxonOptions['capture']>, string]>([
    ['throws', no, 'option `capture` threw TypeError'],
    [
      'answers by a promise',
      (async () => true) as never,
      'option `capture` must answer at once, not by a promise',
    ],
  ])('that %s leaves it to the usual rule, with a warning', async (_, capture, message) => {
    const handler: Fetch = (request) => new Response(null, { status: Number(request.url.slice(9)) })
    const { run, recorded, warnings } = wrapped(handler, { capture })
    for (const status of [200, 302, 399, 400]) await run(ask(`/${status}`))
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 400 }])
    expect(warnings).toEqual([{ topic: 'option capture', message }])
  })
})

describe('a thrown response', () => {
  test.each([300, 302, 399])('with status %i is an answer, not a failure', async (status) => {
    const thrown = new Response(null, { status: 200, headers: { location: '/login' } })
    Object.defineProperty(thrown, 'status', { value: status })
    const { run, recorded } = wrapped(thrower(thrown))
    expect((await run())!.status).toBe(status)
    expect(await recorded()).toEqual([])
  })

  test.each([200, 299, 400])('with status %i is a failure', async (status) => {
    const { run, recorded } = wrapped(thrower(new Response(null, { status })))
    await run()
    expect(await recorded()).toMatchObject([{ kind: 'thrown', status }])
  })

  test('is a failure also where `onError` answers it by a redirect', async () => {
    const { run, recorded } = wrapped(thrower(new Response(null, { status: 500 })), {
      onError: () => Response.redirect('http://x/sorry', 302),
    })
    await run()
    expect(await recorded()).toMatchObject([{ kind: 'thrown', status: 302 }])
  })
})

describe('a page of klaxon’s dashboard', () => {
  const page = () => {
    const response = new Response('who?', { status: 401 })
    hush(response)
    return response
  }

  test('is no failure of the app', async () => {
    const { run, recorded } = wrapped(page, { capture: () => true })
    const response = await run()
    expect(response!.status).toBe(401)
    expect(response!.headers.get('x-error-id')).toBeNull()
    expect(await recorded()).toEqual([])
  })

  test('is none also in a Hono app, where middleware replaces the response', async () => {
    const { klaxon, recorded } = recording()
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      if (c.req.path !== '/plain') c.res = new Response(c.res.body, c.res)
    })
    app.get('/dash', (c) => {
      c.set(HUSHED_KEY as never, true as never)
      return page()
    })
    app.get('/plain', page)
    app.get('/own', () => new Response('who?', { status: 401 }))
    const { fetch } = klaxon.wrap(app)
    for (const path of ['/dash', '/plain', '/own'])
      expect((await fetch(ask(path))).status).toBe(401)
    expect(await recorded()).toMatchObject([{ path: '/own' }])
  })
})

test('the route is that of the middleware that failed; a 404 that nothing answered has none', async () => {
  const { klaxon, recorded } = recording()
  const app = new Hono()
  app.use('/users/*', async (c, next) => {
    if (c.req.path.endsWith('/thrown')) throw new HTTPException(404)
    if (c.req.path.endsWith('/busy')) return c.text('busy', 503)
    await next()
  })
  const { fetch } = klaxon.wrap(app)
  for (const path of ['/users/thrown', '/users/busy', '/users/7']) await fetch(ask(path))
  expect(await recorded()).toMatchObject([
    { kind: 'thrown', status: 404, route: '/users/*' },
    { kind: 'status', status: 503, route: '/users/*' },
    { kind: 'status', status: 404, route: null },
  ])
})

describe('a fault while klaxon records', () => {
  test('a throw leaves the response, and is a warning', async () => {
    const { run, recorded, warnings } = wrapped(thrower(new Error('x')))
    const response = await run(ask(), {}, failingContext)
    expect(response!.status).toBe(500)
    expect(response!.headers.get('x-error-id')).toBeNull()
    expect(await recorded()).toEqual([])
    expect(warnings).toEqual([{ topic: 'capture', message: 'capture failed: TypeError' }])
  })

  test('a returned status leaves the response, and is a warning', async () => {
    const returned = new Response('no', { status: 503 })
    const { run, warnings } = wrapped(() => returned)
    const response = await run(ask(), {}, failingContext)
    expect(response).toBe(returned)
    expect(response!.headers.get('x-error-id')).toBeNull()
    expect(warnings).toEqual([{ topic: 'capture', message: 'capture failed: TypeError' }])
  })

  test('a report has no id, and is a warning', () => {
    const { klaxon, warnings } = warning()
    expect(klaxon.report(new Error('x'), { ctx: failingContext })).toBeNull()
    expect(warnings).toEqual([{ topic: 'report', message: 'report failed: TypeError' }])
  })

  test('the route costs the route alone, and is a warning', async () => {
    const { klaxon, recorded, warnings } = warning()
    const app = new Hono().get('/users/:id', (c) => {
      Object.defineProperty(c.req, 'matchedRoutes', { get: no })
      return c.text('no', 503)
    })
    const response = await klaxon.wrap(app).fetch(ask('/users/7'))
    expect(await recorded()).toMatchObject([
      { id: response.headers.get('x-error-id'), path: '/users/7', route: null },
    ])
    expect(warnings).toEqual([{ topic: 'route', message: 'route failed: TypeError' }])
  })
})

describe('report()', () => {
  test('takes the status of the error, else 500', async () => {
    const { klaxon, recorded } = recording()
    klaxon.report(Object.assign(new Error('busy'), { status: 503 }))
    klaxon.report(new Error('broken'))
    klaxon.report('text')
    expect(await recorded()).toMatchObject(
      [503, 500, 500].map((status) => ({ kind: 'thrown', status })),
    )
  })

  test('of one error of one request is one row, and has the same id', async () => {
    const { klaxon, recorded } = recording()
    const [request, error] = [ask(), new Error('once')]
    const id = klaxon.report(error, { request })
    expect(klaxon.report(error, { request })).toBe(id)
    expect(klaxon.report(error, { request: ask() })).not.toBe(id)
    expect(await recorded()).toMatchObject([{ id }, { errorMessage: 'once' }])
  })

  test('gives an id that a failed response may carry: they are one row', async () => {
    const { klaxon, run, recorded } = wrapped(() => {
      const id = klaxon.report(new Error('handled'))
      return new Response('no', { status: 500, headers: { 'x-error-id': id! } })
    })
    const response = await run()
    expect(await recorded()).toMatchObject([
      { id: response!.headers.get('x-error-id'), errorMessage: 'handled' },
    ])
  })
})

test('an event whose members cannot be read is recorded, and its error rethrown', async () => {
  const { klaxon, recorded } = recording()
  const error = new Error('x')
  const worker = klaxon.wrap({
    fetch: () => new Response(),
    scheduled: async (event: object) => {
      void event
      throw error
    },
  })
  const event = Object.defineProperty({}, 'cron', {
    get() {
      throw new Error('no cron')
    },
  })
  await expect(worker.scheduled(event)).rejects.toBe(error)
  expect(await recorded()).toMatchObject([{ errorMessage: 'x', method: 'SCHEDULED', path: '' }])
})
