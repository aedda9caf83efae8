import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { klaxon } from '../../../src/hono/middleware.ts'
import { knownLength } from '../../../src/envelope/rewrite/runtime.ts'
import { withKlaxon } from '../../../src/klaxon.ts'

const HEADERS = { 'content-type': 'text/plain' }

/** Plain texts stay as they are, because these tests are about whose answer goes out. */
const OPTIONS = { log: false, envelope: { text: false } } as const

function failing() {
  return new Hono().get('*', () => {
    throw new Error('x')
  })
}

/**
 * An app that answers a throw with `own`: by its error handler, or by middleware that replaces
 * Hono's default.
 */
const WAYS = {
  middleware(own: () => Response) {
    const app = new Hono().use(klaxon(OPTIONS)).get('*', () => {
      throw new Error('x')
    })
    return app.onError(() => own())
  },
  wrapped(own: () => Response) {
    const app = new Hono().use(async (c, next) => {
      await next()
      c.res = undefined
      c.res = own()
    })
    return withKlaxon(app.route('/', failing()), OPTIONS)
  },
}

const answer = (body: BodyInit): Response => new Response(body, { status: 500, headers: HEADERS })

/** A stream of known length, and its writer. */
function streamOfLength(length: number) {
  const { readable, writable } = new FixedLengthStream(length)
  const writer = writable.getWriter()
  const write = (text: string): Promise<void> => writer.write(new TextEncoder().encode(text))
  return { readable, writer, write }
}

function finished(text: string): ReadableStream {
  const { readable, writer, write } = streamOfLength(text.length)
  void write(text).then(
    () => writer.close(),
    () => {},
  )
  return readable
}

test('workerd tells the length of a body', () => {
  expect(knownLength(answer('four').body!)).toBe(4)
  expect(knownLength(streamOfLength(5).readable)).toBe(5)
  expect(knownLength(new TransformStream().readable)).toBeNull()
})

describe.each(Object.entries(WAYS))('%s, an answer of the app itself', (_way, appOf) => {
  test.each<[string, () => BodyInit, string]>([
    ['as long as the default', () => 'Something went wrong!', 'Something went wrong!'],
    ['short', () => 'no', 'no'],
    ['empty', () => '', ''],
    ['of a stream that tells its length', () => finished('told'), 'told'],
    ['of a stream as long as the default', () => finished('x'.repeat(21)), 'x'.repeat(21)],
  ])('goes out as it is: %s', async (_, own, text) => {
    for (const path of ['/x', '/api/x']) {
      const response = await appOf(() => answer(own())).fetch(new Request(`http://x${path}`))
      expect(response.status).toBe(500)
      expect(response.headers.get('x-error-id')).not.toBeNull()
      expect(await response.text()).toBe(text)
    }
  })

  test('that is longer than the default is not read', async () => {
    const made = answer('longer than the default of Hono')
    expect(await appOf(() => made).fetch(new Request('http://x/api/x'))).toBe(made)
  })

  test.each([10, 21, 40])('of %i bytes that is slow goes out before its end', async (length) => {
    const { readable, writer, write } = streamOfLength(length)
    void write('slow').catch(() => {})
    const response = await appOf(() => answer(readable)).fetch(new Request('http://x/api/x'))
    const text = response.text()
    await write('x'.repeat(length - 4))
    await writer.close()
    expect(await text).toBe(`slow${'x'.repeat(length - 4)}`)
  })

  test('that breaks off at once gives way to the envelope', async () => {
    const { readable, writer } = streamOfLength(21)
    void writer.abort(new Error('cut')).catch(() => {})
    const response = await appOf(() => answer(readable)).fetch(new Request('http://x/api/x'))
    expect(await response.json()).toMatchObject({ success: false })
  })

  test('that is the default gives way to the envelope', async () => {
    for (const own of ['Internal Server Error', finished('Internal Server Error')]) {
      const response = await appOf(() => answer(own)).fetch(new Request('http://x/api/x'))
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toEqual({
        success: false,
        result: null,
        message: 'Internal Server Error',
      })
    }
  })
})
