import { inspect } from 'node:util'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { poweredBy } from 'hono/powered-by'
import { describe, expect, test, vi } from 'vitest'
import { EnvelopeError, fail, isEnvelope, ok, raw, unwrap } from '../../src/envelope/index.ts'
import { isMarked, keptMessage } from '../../src/envelope/rewrite/respond.ts'
import { klaxon as middleware } from '../../src/hono/middleware.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { toEnvelope } from '../support/to-envelope.ts'

const entries = (response: Response): unknown => Object.fromEntries(response.headers)

describe('ok', () => {
  test.each<[unknown, string]>([
    [{ a: 1 }, '{"success":true,"result":{"a":1},"message":null}'],
    [{ message: 'stays' }, '{"success":true,"result":{"message":"stays"},"message":null}'],
    [[1, 'é'], '{"success":true,"result":[1,"é"],"message":null}'],
    ['text', '{"success":true,"result":"text","message":null}'],
    [null, '{"success":true,"result":null,"message":null}'],
    [undefined, '{"success":true,"result":null,"message":null}'],
    [() => 1, '{"success":true,"result":null,"message":null}'],
    [{ toJSON: () => [1] }, '{"success":true,"result":[1],"message":null}'],
  ])('%j goes out whole under result', async (data, expected) => {
    const response = ok(data)
    expect(response.status).toBe(200)
    expect(entries(response)).toEqual({ 'content-type': 'application/json' })
    expect(await response.text()).toBe(expected)
  })

  test('has the status, headers and message that it is given', async () => {
    const headers = new Headers({ 'x-own': 'yes' })
    const response = ok(1, { status: 201, statusText: 'Made', headers, message: 'a "b"' })
    expect([response.status, response.statusText]).toEqual([201, 'Made'])
    expect(entries(response)).toEqual({ 'content-type': 'application/json', 'x-own': 'yes' })
    expect(await response.json()).toEqual({ success: true, result: 1, message: 'a "b"' })
    expect([...headers.keys()]).toEqual(['x-own'])
  })

  test('keeps a content type and every cookie of its own', () => {
    const headers: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['Content-Type', 'application/json; charset=utf-8'],
    ]
    const response = ok(1, { headers })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test('has the headers of one response for itself', () => {
    ok(1).headers.set('x-own', 'yes')
    expect(ok(1).headers.has('x-own')).toBe(false)
  })

  test.each([199, 204, 205, 206, 300, 404, 200.5, Number.NaN, '200'])(
    'refuses the status %s',
    (status) => {
      expect(() => ok(1, { status: status as number })).toThrow(
        `klaxon: the status of ok() must be 2xx with a whole body; got ${status}`,
      )
      expect(() => ok(1, { status: status as number })).toThrow(RangeError)
    },
  )

  test.each([200, 201, 202, 203, 207, 299])('takes the status %i', (status) => {
    expect(ok(1, { status }).status).toBe(status)
  })

  test('throws for data that JSON does not have', () => {
    expect(() => ok(1n)).toThrow(TypeError)
  })
})

describe('fail', () => {
  test.each<[number, unknown, string]>([
    [404, 'No such user', '{"success":false,"result":null,"message":"No such user"}'],
    [404, undefined, '{"success":false,"result":null,"message":"Not Found"}'],
    [503, { after: 3 }, '{"success":false,"result":null,"message":{"after":3}}'],
    [400, null, '{"success":false,"result":null,"message":null}'],
    [400, () => 1, '{"success":false,"result":null,"message":null}'],
  ])('%i %j', async (status, message, expected) => {
    const response = fail(status, message)
    expect(response.status).toBe(status)
    expect(entries(response)).toEqual({ 'content-type': 'application/json' })
    expect(await response.text()).toBe(expected)
  })

  test('has headers, and issues that unwrap gives back', async () => {
    const issues = [{ path: ['email'], message: 'Required' }]
    const response = fail(422, 'Wrong', { issues, headers: { 'x-own': 'yes' }, statusText: 'No' })
    expect(response.statusText).toBe('No')
    expect(response.headers.get('x-own')).toBe('yes')
    const error = await unwrap(response).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(EnvelopeError)
    expect(error).toMatchObject({ message: 'Wrong', status: 422, result: null, issues })
    await expect(unwrap(fail(400, 'Wrong'))).rejects.toMatchObject({ issues: null })
  })

  test.each([200, 399, 600, 404.5, Number.NaN, '404'])('refuses the status %s', (status) => {
    expect(() => fail(status as number, 'x')).toThrow(
      `klaxon: the status of fail() must be from 400 to 599; got ${status}`,
    )
    expect(() => fail(status as number, 'x')).toThrow(RangeError)
  })

  test.each([400, 599])('takes the status %i', (status) => {
    expect(fail(status, 'x').status).toBe(status)
  })
})

describe('a response that was made as an envelope', () => {
  test('is not read, on an envelope path or outside', async () => {
    for (const made of [ok({ message: 1 }), fail(404, 'no'), fail(500)]) {
      const body = vi.spyOn(made, 'body', 'get')
      expect(toEnvelope(made)).toBe(made)
      for (const format of ['problem', () => 'never'] as const) {
        expect(toEnvelope(made, format)).toBe(made)
      }
      expect(body).not.toHaveBeenCalled()
      expect(isEnvelope(await made.json())).toBe(true)
    }
  })

  test('is an envelope once, under wrapper, middleware and both', async () => {
    const routes = (app: Hono): Hono =>
      app
        .use(cors())
        .use(poweredBy())
        .get('/api/ok', () => ok({ message: 'stays' }))
        .get('/api/fail', () => fail(418, { message: 'stays' }))
    const klaxon = createKlaxon({ log: false })
    for (const app of [
      klaxon.wrap(routes(new Hono())),
      routes(new Hono().use(middleware(klaxon))),
      klaxon.wrap(routes(new Hono().use(middleware(klaxon)))),
    ]) {
      const get = async (path: string): Promise<unknown> =>
        (await app.fetch(new Request(`http://x${path}`))).json()
      expect(await get('/api/ok')).toEqual({
        success: true,
        result: { message: 'stays' },
        message: null,
      })
      expect(await get('/api/fail')).toEqual({
        success: false,
        result: null,
        message: { message: 'stays' },
      })
    }
  })

  test('is known where it takes no property', () => {
    const frozen = Object.freeze(Response.json(1))
    expect([isMarked(raw(frozen)), isMarked(Response.json(1))]).toEqual([true, false])
  })

  test('carries nothing that a client or a log could see', () => {
    const made = raw(Response.json(1))
    expect(inspect(made)).toBe(inspect(Response.json(1)))
    expect(Object.assign({}, made)).toEqual({})
    expect(entries(made)).toEqual(entries(Response.json(1)))
  })
})

describe('raw', () => {
  test('gives back the same object, which goes out as it is', () => {
    for (const status of [200, 404, 500]) {
      for (const body of ['{"a":1}', null]) {
        const response = new Response(body, { status })
        if (body !== null) response.headers.set('content-type', 'application/json')
        expect(raw(response)).toBe(response)
        expect(toEnvelope(response)).toBe(response)
      }
    }
  })

  test('holds for a copy with the same body, as middleware makes it', () => {
    const response = raw(Response.json({ a: 1 }))
    const copy = new Response(response.body, response)
    expect(toEnvelope(copy)).toBe(copy)
  })

  test('holds under Hono and its middleware', async () => {
    const app = new Hono()
      .use(cors())
      .use(async (c, next) => {
        await next()
        c.header('x-late', 'yes')
      })
      .get('/api/openapi.json', (c) => raw(c.json({ openapi: '3.1.0' })))
    const klaxon = createKlaxon({ log: false })
    const response = await klaxon.wrap(app).fetch(new Request('http://x/api/openapi.json'))
    expect(await response.json()).toEqual({ openapi: '3.1.0' })
    expect(response.headers.get('x-late')).toBe('yes')
  })
})

describe('the text of a failure is kept for its record', () => {
  test.each<[string, Response, string | undefined]>([
    ['fail', fail(404, 'no'), 'no'],
    ['a message', Response.json({ message: 'n\u00f6', code: 1 }, { status: 404 }), 'n\u00f6'],
    [
      'an envelope',
      Response.json({ success: false, result: 1, message: 'no' }, { status: 500 }),
      'no',
    ],
    ['a text of JSON', Response.json('no', { status: 400 }), 'no'],
    ['a result of a 5xx', Response.json('no', { status: 500 }), undefined],
    ['a plain text', new Response('no', { status: 500 }), 'no'],
    ['a message that is no text', Response.json({ message: 1 }, { status: 404 }), undefined],
    ['no message', Response.json({ a: 'b' }, { status: 404 }), undefined],
    ['a success', Response.json({ message: 'no' }), undefined],
    ['no body', new Response(null, { status: 404 }), undefined],
    ['a long one', Response.json({ message: 'x'.repeat(65_536) }, { status: 404 }), undefined],
  ])('%s', async (_, response, expected) => {
    if (response.bodyUsed) throw new Error('each response is read once')
    expect(keptMessage(await toEnvelope(response))).toBe(expected)
  })

  test('under a format, too', async () => {
    const format = (): unknown => ['own']
    const response = Response.json({ message: 'no', code: 1 }, { status: 500 })
    expect(keptMessage(await toEnvelope(response, format))).toBe('no')
    const nested = { message: { message: 'no' } }
    for (const body of [{ message: 'no', code: 1 }, { message: 'no' }, 'no', nested, null]) {
      const [problem, envelope] = await Promise.all(
        (['problem', 'envelope'] as const).map(async (each) =>
          keptMessage(await toEnvelope(Response.json(body, { status: 404 }), each)),
        ),
      )
      expect([body, problem]).toEqual([body, envelope])
    }
    const text = new Response('no', { status: 500 })
    expect(keptMessage(await toEnvelope(text, 'problem'))).toBe('no')
  })

  test('but not of bytes that are no JSON', async () => {
    for (const body of ['"\u0001"', '{"message":"\\x"}', '{"message":"a"']) {
      const headers = { 'content-type': 'application/json' }
      const response = new Response(body, { status: 404, headers })
      expect(keptMessage(await toEnvelope(response))).toBe(undefined)
    }
  })
})
