import { Hono } from 'hono'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { recording } from '../support/recording.ts'

type Fetch = (request: Request) => unknown

const ask = (path = '/') => new Request(`http://x${path}`)
const no = (): never => {
  throw new TypeError('no')
}
const thrower =
  (value: unknown): Fetch =>
  () => {
    throw value
  }
const json = (status: number): Response => Response.json({ a: 1 }, { status })
const carrying = (response: Response) => ({ getResponse: () => response })

/** A response of which one member is replaced. */
const odd = (status: number, member: string, descriptor: PropertyDescriptor): Response =>
  Object.defineProperty(new Response('odd', { status }), member, descriptor)

/** A response whose status can be read once. */
function readOnce(): Response {
  let reads = 0
  return odd(503, 'status', { get: () => (reads++ === 0 ? 503 : no()) })
}

/** A wrapped handler or app, and the warnings that klaxon logs. */
function wrapped(target: Fetch | Hono, options: KlaxonOptions = {}) {
  const warnings: { topic: string; message: string }[] = []
  const warn = (line: string) => {
    const { topic, message } = JSON.parse(line) as { topic: string; message: string }
    warnings.push({ topic, message })
  }
  const { klaxon, recorded } = recording({ log: { error() {}, warn }, ...options })
  const made = klaxon.wrap(target as Fetch) as unknown as Fetch | { fetch: Fetch }
  const fetch = typeof made === 'function' ? made : made.fetch
  return { run: async (request = ask()) => (await fetch(request)) as Response, recorded, warnings }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const badPaths: KlaxonOptions = { envelope: { paths: no } }
const own = () => new Response('own', { status: 502 })

describe('a fault within a request ends in a warning, and the response goes out:', () => {
  test.each<[string, Fetch, KlaxonOptions, [status: number, text: string], string[][]]>([
    [
      '`paths` throws for a success',
      () => json(200),
      badPaths,
      [200, '{"a":1}'],
      [['envelope', 'asking whether to envelope failed: TypeError']],
    ],
    [
      '`paths` throws for a failure',
      () => json(404),
      badPaths,
      [404, '{"a":1}'],
      [['envelope paths', 'envelope paths failed: TypeError']],
    ],
    [
      '`paths` throws for an error',
      thrower(new Error('x')),
      badPaths,
      [500, 'Internal Server Error'],
      [
        ['response', 'response failed: TypeError'],
        ['envelope paths', 'envelope paths failed: TypeError'],
      ],
    ],
    [
      '`onError` throws',
      thrower(Object.assign(new Error('x'), { status: 410 })),
      { onError: no },
      [410, 'Gone'],
      [['option onError', 'option `onError` threw TypeError']],
    ],
    [
      '`onError` returns a text',
      thrower(new Error('x')),
      { onError: (() => 'sorry') as never },
      [500, 'Internal Server Error'],
      [['option onError', 'option `onError` must return a Response or undefined']],
    ],
    [
      'a thrown response, which onError replaces, cannot be cancelled',
      thrower(odd(503, 'body', { value: { cancel: no } })),
      { onError: own },
      [502, 'own'],
      [['response', 'response failed: TypeError']],
    ],
    [
      'the headers of a response cannot be read',
      thrower(carrying(odd(404, 'headers', { value: { get: no } }))),
      {},
      [404, 'odd'],
      [['error id', 'error id failed: TypeError']],
    ],
    [
      'the status of a response cannot be read twice',
      thrower(carrying(readOnce())),
      {},
      [500, 'Internal Server Error'],
      [['fault', "klaxon failed on a request's path: TypeError"]],
    ],
  ])('%s', async (_, handler, options, answer, warned) => {
    const { run, warnings } = wrapped(handler, options)
    const response = await run()
    expect([response.status, await response.text()]).toEqual(answer)
    expect(warnings).toEqual(warned.map(([topic, message]) => ({ topic, message })))
  })

  test('with `rethrow` an error is rethrown, whatever fails in klaxon', async () => {
    const error = carrying(readOnce())
    const { run, warnings } = wrapped(thrower(error), { rethrow: true })
    await expect(run()).rejects.toBe(error)
    expect(warnings).toMatchObject([{ topic: 'fault' }])
  })

  test('a text that cannot be copied into an envelope has the error id nevertheless', async () => {
    const { Response: Real } = globalThis
    class Broken extends Real {
      constructor(...args: ConstructorParameters<typeof Real>) {
        super(...args)
        throw new TypeError('no')
      }
    }
    const stream = new ReadableStream({
      pull(controller) {
        vi.stubGlobal('Response', Broken)
        controller.enqueue(new TextEncoder().encode('none'))
        controller.close()
      },
    })
    const given = new Real(stream, { status: 404, headers: { 'content-type': 'text/plain' } })
    const { run, recorded } = wrapped(async () => given)
    expect(await run(ask('/api/x'))).toBe(given)
    expect(await recorded()).toMatchObject([{ id: given.headers.get('x-error-id') }])
  })

  test('a fault in an answer that is made later is a plain 500', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.res = new Response(c.res.body, c.res)
      c.res.headers.set('x-b', '1')
    })
    app.get('/x', thrower(new Error('x')) as never)
    const used = own()
    await used.text()
    const { run, warnings } = wrapped(app, { onError: () => used })
    const response = await run(ask('/x'))
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    expect(warnings).toEqual([
      { topic: 'fault', message: "klaxon failed on a request's path: TypeError" },
    ])
  })
})

describe('where nothing fails in klaxon, it warns of nothing:', () => {
  test.each<[string, Fetch, KlaxonOptions]>([
    ['an error', thrower(new Error('x')), {}],
    ['an error without the envelope', thrower(new Error('x')), { envelope: false }],
    ['a thrown undefined that onError answers', thrower(undefined), { onError: own }],
    ['an error that onError answers', thrower(new Error('x')), { onError: own }],
    ['an error that onError leaves', thrower(new Error('x')), { onError: () => undefined }],
    ['a thrown response that onError replaces', thrower(json(503)), { onError: own }],
    ['a failure', () => json(404), {}],
    ['a failure that `capture` leaves out', () => json(404), { capture: () => false }],
    ['a failure without the envelope', () => json(404), { envelope: false }],
    ['a success that `capture` wants', () => json(200), { capture: () => true }],
    ['a success', () => json(200), {}],
  ])('%s', async (_, handler, options) => {
    const { run, warnings } = wrapped(handler, options)
    for (const path of ['/x', '/api/x']) await run(ask(path))
    expect(warnings).toEqual([])
  })
})

test('a failure whose text cannot be parsed is recorded, enveloped, and warned of', async () => {
  const app = new Hono().get('/api/x', (c) => c.json({ a: 1 }, 404))
  const { run, recorded, warnings } = wrapped(app)
  vi.spyOn(JSON, 'stringify').mockReturnValueOnce('{"a":1n}')
  const response = await run(ask('/api/x'))
  expect(await recorded()).toMatchObject([{ status: 404, id: response.headers.get('x-error-id') }])
  expect(warnings).toMatchObject([{ message: expect.stringContaining('message failed') }])
})
