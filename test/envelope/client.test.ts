import { Hono } from 'hono'
import { hc } from 'hono/client'
import { describe, expect, test } from 'vitest'
import type { Enveloped } from '../../src/hono/middleware.ts'
import { EnvelopeError, isEnvelope, isEnvelopeError, unwrap } from '../../src/envelope/index.ts'
import { withKlaxon } from '../../src/klaxon.ts'

function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, { status, headers })
}

async function failureOf(response: Response): Promise<EnvelopeError> {
  const error = await unwrap(response).catch((caught: unknown) => caught)
  if (!isEnvelopeError(error)) throw new Error('unwrap did not throw an EnvelopeError')
  return error
}

describe('unwrap', () => {
  test('gives the result of a success', async () => {
    const response = json({ success: true, result: { id: 1 }, message: null })
    expect(await unwrap<{ id: number }>(response)).toEqual({ id: 1 })
  })

  test('gives undefined where there is no body to come', async () => {
    expect(await unwrap(new Response(null, { status: 204 }))).toBe(undefined)
    expect(await unwrap(new Response(null, { status: 205 }))).toBe(undefined)
  })

  test('throws a failure with all that is known of it', async () => {
    const headers = { 'x-error-id': 'abc' }
    const body = { success: false, result: { code: 7 }, message: 'down' }
    expect(await failureOf(json(body, 503, headers))).toMatchObject({
      name: 'EnvelopeError',
      message: 'down',
      status: 503,
      errorId: 'abc',
      result: { code: 7 },
      details: 'down',
    })
  })

  test('keeps a message that is no text as details', async () => {
    const body = { success: false, result: null, message: { errors: ['a'] } }
    expect(await failureOf(json(body, 400))).toMatchObject({
      message: 'HTTP 400',
      errorId: null,
      details: { errors: ['a'] },
    })
  })

  test('throws for a body that is not JSON, with its text and the cause', async () => {
    const error = await failureOf(new Response('<h1>Bad Gateway</h1>', { status: 502 }))
    expect(error).toMatchObject({ status: 502, details: '<h1>Bad Gateway</h1>', result: null })
    expect(error.cause).toBeInstanceOf(SyntaxError)
    expect((await failureOf(new Response(null))).status).toBe(200)
  })

  test('throws for JSON that is no envelope, with the value', async () => {
    expect(await failureOf(json({ id: 1 }))).toMatchObject({ status: 200, result: { id: 1 } })
  })

  test('throws for a body that cannot be read', async () => {
    const response = json({})
    await response.text()
    expect((await failureOf(response)).cause).toBeInstanceOf(TypeError)
  })
})

describe('guards', () => {
  test('isEnvelope asks for the three members and a boolean success', () => {
    expect(isEnvelope({ success: true, result: undefined, message: null })).toBe(true)
    expect(isEnvelope({ success: false, result: 1, message: {}, more: 1 })).toBe(true)
    for (const value of [
      null,
      1,
      [],
      {},
      { success: 1, result: 1, message: '' },
      { success: true, result: 1 },
    ]) {
      expect(isEnvelope(value)).toBe(false)
    }
  })

  test('isEnvelopeError knows the error of another installed copy', () => {
    const other = Object.assign(new Error('x'), { name: 'EnvelopeError' })
    expect(isEnvelopeError(other)).toBe(true)
    expect(isEnvelopeError(new EnvelopeError('x', { status: 500 }))).toBe(true)
    for (const value of [new Error('x'), null, 'EnvelopeError', { name: 'EnvelopeError' }]) {
      expect(isEnvelopeError(value)).toBe(false)
    }
  })
})

test("Hono's RPC client reads results and failures of a wrapped app", async () => {
  const app = new Hono().get('/api/users/:id', (c) =>
    c.req.param('id') === '0'
      ? c.json({ message: 'No such user' }, 404)
      : c.json({ message: 'Hello', id: c.req.param('id') }, 200),
  )
  const wrapped = withKlaxon(app, { log: false })
  const client = hc<Enveloped<typeof app>>('http://x', {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
      wrapped.fetch(new Request(input, init)),
  })
  const get = client.api.users[':id'].$get
  expect(await unwrap(await get({ param: { id: '1' } }))).toEqual({ id: '1' })
  await expect(get({ param: { id: '0' } }).then(unwrap)).rejects.toMatchObject({
    message: 'No such user',
    status: 404,
    errorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})
