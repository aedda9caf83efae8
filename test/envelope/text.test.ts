import { bearerAuth } from 'hono/bearer-auth'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { toEnvelope as toEnvelopeByRules } from '../../src/envelope/rewrite/respond.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { toEnvelope } from '../support/to-envelope.ts'

const KB_64 = 65_536

function plain(body: BodyInit | null, status = 404, type = 'text/plain'): Response {
  return new Response(body, { status, headers: { 'content-type': type } })
}

const failed = (message: string): string =>
  JSON.stringify({ success: false, result: null, message })

describe('the plain text of an error', () => {
  test.each([
    [404, '404 Not Found'],
    [400, 'a "quoted" \\ text\n\u0001'],
    [500, 'Prénom 😀'],
    [599, ' '],
    [403, 'x'.repeat(KB_64)],
  ])('%i becomes the message', async (status, text) => {
    const out = await toEnvelope(plain(text, status))
    expect(out.status).toBe(status)
    expect(out.headers.get('content-type')).toBe('application/json')
    expect((await out.text()) === failed(text)).toBe(true)
  })

  test.each([
    'text/plain; charset=UTF-8',
    'Text/Plain;charset="utf-8"',
    'text/plain;charset=us-ascii',
  ])('may be of type %s', async (type) => {
    const out = await toEnvelope(plain('no', 400, type))
    expect(await out.text()).toBe(failed('no'))
    expect(out.headers.get('content-type')).toBe('application/json')
  })

  test('has the length of the envelope, and no digest of the text', async () => {
    const headers = {
      'content-type': 'text/plain',
      'content-length': '2',
      digest: 'x',
      etag: '"a"',
    }
    const out = await toEnvelope(new Response('no', { status: 400, headers }))
    expect(Object.fromEntries(out.headers)).toEqual({
      'content-type': 'application/json',
      'content-length': String(failed('no').length),
      etag: '"a"',
    })
  })

  test('without a byte is the reason phrase', async () => {
    for (const body of [null, '', new Uint8Array()]) {
      expect(await (await toEnvelope(plain(body))).text()).toBe(failed('Not Found'))
    }
  })

  test('is the detail of a problem, and the message for a function', async () => {
    const problem = await toEnvelope(plain('no'), 'problem')
    expect(problem.headers.get('content-type')).toBe('application/problem+json')
    expect(await problem.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'no',
    })
    const own = await toEnvelope(plain('no', 500), ({ result, message }) => [result, message])
    expect(await own.json()).toEqual([null, 'no'])
  })

  test.each<[string, Response]>([
    ['a success', plain('yes', 200)],
    ['another text', plain('<p>', 404, 'text/html')],
    ['a type that only begins like it', plain('no', 404, 'text/plainer')],
    ['Latin-1', plain('no', 404, 'text/plain; charset=iso-8859-1')],
    ['UTF-16', plain('no', 404, 'text/plain; charset=utf-16')],
  ])('%s is left alone', (_, response) => {
    expect(toEnvelope(response)).toBe(response)
  })

  test('is left alone with `text: false`', () => {
    for (const body of ['no', null]) {
      const response = plain(body)
      expect(toEnvelopeByRules(response, { format: 'envelope', text: false })).toBe(response)
    }
  })

  test.each<[string, Uint8Array<ArrayBuffer>]>([
    ['is no UTF-8', Uint8Array.of(0x6e, 0xff, 0x6f)],
    ['ends within a letter', Uint8Array.of(0x6e, 0xc3)],
    ['has more than 64 KB', new Uint8Array(KB_64 + 1).fill(0x78)],
  ])('that %s goes out byte for byte', async (_, bytes) => {
    const out = await toEnvelope(plain(bytes))
    expect(out.headers.get('content-type')).toBe('text/plain')
    expect(Buffer.from(await out.arrayBuffer()).equals(bytes)).toBe(true)
  })
})

describe('a text that comes slowly', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  function live() {
    let controller!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) })
    const put = (text: string): void => controller.enqueue(Buffer.from(text))
    return { response: plain(body), put, end: () => controller.close(), fail: controller }
  }

  test('within a second is a message', async () => {
    vi.useFakeTimers()
    const { response, put, end } = live()
    put('not ')
    const pending = toEnvelope(response)
    await vi.advanceTimersByTimeAsync(999)
    put('here')
    end()
    expect(await (await pending).text()).toBe(failed('not here'))
    expect(vi.getTimerCount()).toBe(0)
  })

  test('goes out as it comes after a second', async () => {
    vi.useFakeTimers()
    const { response, put, end } = live()
    put('one ')
    const pending = toEnvelope(response)
    await vi.advanceTimersByTimeAsync(1_000)
    const reader = (await pending).body!.getReader()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('one ')
    put('two')
    end()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('two')
    expect((await reader.read()).done).toBe(true)
  })

  test('and breaks off does so for the client', async () => {
    const { response, put, fail } = live()
    put('one')
    fail.error(new Error('gone'))
    await expect((await toEnvelope(response)).text()).rejects.toThrow('gone')
  })
})

test("a router's 404, an exception, a login and a text have one shape under /api", async () => {
  const app = new Hono()
    .use('/api/private/*', bearerAuth({ token: 'secret' }))
    .get('/api/exception', () => {
      throw new HTTPException(401, { message: 'Who are you?' })
    })
    .get('/api/text', (c) => c.text('no', 400))
  const wrapped = createKlaxon({ log: false }).wrap(app)
  const messages: unknown[] = []
  for (const path of ['/api/nowhere', '/api/exception', '/api/private/x', '/api/text']) {
    const response = await wrapped.fetch(new Request(`http://x${path}`))
    const { success, result, message } = (await response.json()) as Record<string, unknown>
    expect([success, result]).toEqual([false, null])
    messages.push(message)
  }
  expect(messages).toEqual(['404 Not Found', 'Who are you?', 'Unauthorized', 'no'])
  const outside = await wrapped.fetch(new Request('http://x/nowhere'))
  expect(await outside.text()).toBe('404 Not Found')
})
