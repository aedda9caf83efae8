import { afterEach, describe, expect, test, vi } from 'vitest'
import { describe as describeError } from '../../src/capture/describe-error.ts'
import {
  covers,
  discard,
  errorIdOn,
  failureResponse,
  mayEnvelope,
  plainFailure,
  statusOf,
  tag,
} from '../../src/capture/respond.ts'
import type { RequestScope } from '../../src/capture/scope.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createSetup } from '../../src/config/setup.ts'
import { raw } from '../../src/envelope/index.ts'
import { isMarked } from '../../src/envelope/rewrite/respond.ts'

const ID = '01890000-0000-7000-8000-000000000000'
const CORS = { 'access-control-allow-origin': '*' }
const EXPOSE = 'access-control-expose-headers'

const ask = (path: string, method = 'GET') => new Request(`http://x${path}`, { method })
const setupOf = (envelope: KlaxonOptions['envelope']) =>
  createSetup({ log: false, envelope }, undefined)
const scopeOf = (path: string, envelope: KlaxonOptions['envelope'] = true) =>
  ({ surface: { setup: setupOf(envelope) }, request: ask(path) }) as unknown as RequestScope
/** A response with immutable headers, as fetch() returns it. */
const fetched = () => fetch('data:text/plain,hi')

afterEach(() => vi.unstubAllGlobals())

test('a plain failure is a 500 of plain text', async () => {
  const response = plainFailure()
  expect(response.status).toBe(500)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
  expect(await response.text()).toBe('Internal Server Error')
})

describe('the envelope', () => {
  test('covers requests with the method and the path, and none when it is off', () => {
    const covered = (envelope: KlaxonOptions['envelope'], request: Request): boolean =>
      covers({ surface: { setup: setupOf(envelope) }, request } as unknown as RequestScope)
    const post = { methods: ['POST'] }
    expect(covered(post, ask('/api/x', 'POST'))).toBe(true)
    expect(covered(post, ask('/api/x'))).toBe(false)
    expect(covered(post, ask('/x', 'POST'))).toBe(false)
    expect(covered(false, ask('/api/x'))).toBe(false)
  })

  test('is asked once whether it covers a request, unless the answer was a throw', () => {
    const paths = vi.fn(() => false)
    const scope = scopeOf('/api/x', { paths })
    expect([covers(scope), covers(scope), paths.mock.calls.length]).toEqual([false, false, 1])
    const broken = scopeOf('/api/x', {
      paths() {
        throw new Error('no')
      },
    })
    for (let times = 0; times < 2; times++) expect(() => covers(broken)).toThrow('no')
  })

  test('may change a response of a request that is known to be covered, whatever its type', () => {
    const html = new Response('', { headers: { 'content-type': 'text/html' } })
    expect(mayEnvelope(setupOf(true), ask('/api/x'), html, true)).toBe(true)
    expect(mayEnvelope(setupOf(true), ask('/api/x'), Response.json(1), false)).toBe(false)
  })

  test.each<[boolean, string | null]>([
    [true, 'application/json'],
    [true, 'application/problem+JSON; charset=utf-8'],
    [true, null],
    [false, 'text/html'],
    [false, ''],
  ])('may change a response: %s for the content type %j', (expected, type) => {
    const response = new Response(null, { headers: type === null ? {} : { 'content-type': type } })
    expect(mayEnvelope(setupOf(true), ask('/api/x'), response)).toBe(expected)
    expect(mayEnvelope(setupOf(true), ask('/x'), response)).toBe(false)
    expect(mayEnvelope(setupOf(false), ask('/api/x'), response)).toBe(false)
  })

  test('may change no response whose headers cannot be read, with a warning', () => {
    const warn = vi.fn()
    const setup = createSetup({ log: { error() {}, warn } }, undefined)
    const response = Object.defineProperty(new Response(), 'headers', { value: null })
    expect(mayEnvelope(setup, ask('/api/x'), response)).toBe(false)
    expect(warn).toHaveBeenCalledOnce()
  })
})

describe('the default response', () => {
  test.each([
    [{ status: 404, expose: true, message: 'no such order' }, 404, 'no such order'],
    [{ status: 499, expose: true, message: 'too late' }, 499, 'too late'],
    [{ status: 404, expose: false, message: 'secret' }, 404, 'Not Found'],
    [{ status: 404, message: 'secret' }, 404, 'Not Found'],
    [{ status: 404, expose: true, message: '' }, 404, 'Not Found'],
    [{ status: 500, expose: true, message: 'secret' }, 500, 'Internal Server Error'],
    [{ status: 503, expose: true, message: 'secret' }, 503, 'Service Unavailable'],
    [{ message: 'secret' }, 500, 'Internal Server Error'],
  ])('to %j is %i with the text %j', async (error, status, message) => {
    const plain = failureResponse(scopeOf('/x'), describeError(error), null)
    expect([plain.status, await plain.text()]).toEqual([status, message])
    expect(plain.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
    const enveloped = failureResponse(scopeOf('/api/x'), describeError(error), null)
    expect(enveloped.status).toBe(status)
    expect(enveloped.headers.get('content-type')).toBe('application/json')
    expect(await enveloped.json()).toEqual({ success: false, result: null, message })
    const off = failureResponse(scopeOf('/api/x', false), describeError(error), null)
    expect(await off.text()).toBe(message)
  })
})

describe('the error id', () => {
  test('is set in place on a response with a body', () => {
    const response = new Response('no', { status: 404 })
    expect(tag(response, ID)).toBe(response)
    expect(errorIdOn(response)).toBe(ID)
  })

  test('is set on a copy of a response without a body, and on no copy twice', () => {
    const response = new Response(null, { status: 404, headers: { 'x-a': '1' } })
    const copy = tag(response, ID)
    expect(errorIdOn(response)).toBeNull()
    expect(errorIdOn(copy)).toBe(ID)
    expect([copy.status, copy.headers.get('x-a')]).toEqual([404, '1'])
    expect(tag(copy, ID)).toBe(copy)
  })

  test('is set on a copy of a response with immutable headers', async () => {
    const response = await fetched()
    const copy = tag(response, ID)
    expect(errorIdOn(copy)).toBe(ID)
    expect(await copy.text()).toBe('hi')
  })

  test('keeps the mark of a response that must not become an envelope, and sets none', () => {
    const response = () => new Response(null, { status: 404 })
    expect(isMarked(tag(raw(response()), ID))).toBe(true)
    expect(isMarked(tag(response(), ID))).toBe(false)
  })

  test('is missing on a response that cannot be copied', async () => {
    const failed = Response.error()
    expect(tag(failed, ID)).toBe(failed)
    const [read, locked] = [await fetched(), await fetched()]
    await read.text()
    locked.body!.getReader()
    // Some hosts accept such a body, and would send an empty one.
    vi.stubGlobal(
      'Response',
      class extends Response {
        constructor(_: unknown, init?: ResponseInit) {
          super(null, init)
        }
      },
    )
    const unlocked = { bodyUsed: true, body: { locked: false }, headers: read.headers }
    const unread = { bodyUsed: false, body: { locked: true }, headers: locked.headers }
    for (const response of [read, locked, unlocked, unread] as Response[])
      expect(tag(response, ID)).toBe(response)
  })

  test.each([
    [null, 'x-error-id'],
    ['x-a', 'x-a, x-error-id'],
    ['x-error-id', 'x-error-id'],
    ['X-A,X-Error-Id', 'X-A,X-Error-Id'],
    ['x-error-id,x-a', 'x-error-id,x-a'],
    ['x-a, x-error-id', 'x-a, x-error-id'],
    ['x-error-id , x-a', 'x-error-id , x-a'],
    ['x-a ,x-error-id', 'x-a ,x-error-id'],
    ['x-a,  x-error-id  ,x-b', 'x-a,  x-error-id  ,x-b'],
    ['x-error-id-2', 'x-error-id-2, x-error-id'],
  ])('can be read across origins where the exposed headers were %j', (before, after) => {
    const headers = before === null ? CORS : { ...CORS, [EXPOSE]: before }
    const response = tag(new Response('no', { status: 404, headers }), ID)
    expect(response.headers.get(EXPOSE)).toBe(after)
  })
})

describe('a response that is not sent', () => {
  test('has its body cancelled', () => {
    const cancel = vi.fn()
    discard(new Response(new ReadableStream({ cancel })))
    discard(new Response(new ReadableStream({ cancel })), new Response('kept'))
    expect(cancel).toHaveBeenCalledTimes(2)
  })

  test('keeps a body that another response sends', () => {
    const cancel = vi.fn()
    const response = new Response(new ReadableStream({ cancel }))
    discard(response, response)
    discard(response, new Response(response.body))
    expect(cancel).not.toHaveBeenCalled()
  })

  test('may have no body, or one that is being read', () => {
    const locked = new Response('x')
    locked.body!.getReader()
    for (const response of [new Response(), locked]) {
      expect(() => discard(response)).not.toThrow()
      expect(() => discard(response, new Response('kept'))).not.toThrow()
    }
  })
})

test.each<[unknown, number | null]>([
  [new Response(null, { status: 204 }), 204],
  [{ headers: {}, status: 418 }, 418],
  [{ headers: {}, status: '418' }, null],
  [{ headers: {} }, null],
  [{ status: 500 }, null],
  [Object.assign(() => {}, { headers: {}, status: 500 }), null],
  ['text', null],
  [7, null],
  [null, null],
  [undefined, null],
])('the status of %j is %j', (value, status) => {
  expect(statusOf(value)).toBe(status)
})
