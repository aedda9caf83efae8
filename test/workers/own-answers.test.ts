import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { klaxon } from '../../src/adapters/hono.ts'

function appOf(own?: () => BodyInit) {
  const app = new Hono()
  app.use(klaxon({ log: false }))
  app.get('*', () => {
    throw new Error('x')
  })
  if (own)
    app.onError((_, c) => c.newResponse(own() as string, 500, { 'content-type': 'text/plain' }))
  return app
}

function stream(text: string, length?: number) {
  const { readable, writable } =
    length === undefined ? new TransformStream() : new FixedLengthStream(length)
  const writer = writable.getWriter()
  void writer.write(new TextEncoder().encode(text)).then(
    () => writer.close(),
    () => {},
  )
  return readable
}

describe("where workerd tells a body's length, an error handler's own answer", () => {
  // Each is text/plain, as the default is.
  test.each<[string, () => BodyInit, string]>([
    ['as long as the default', () => 'Something went wrong!', 'Something went wrong!'],
    ['short', () => 'no', 'no'],
    ['empty', () => '', ''],
    ['long', () => 'long '.repeat(100), 'long '.repeat(100)],
    ['of a stream that tells its length', () => stream('told', 4), 'told'],
    ['of a stream that does not', () => stream('not told'), 'not told'],
  ])('goes out as it is: %s', async (_, own, text) => {
    for (const path of ['/', '/api/x']) {
      const response = await appOf(own).request(path)
      expect(response.status).toBe(500)
      expect(response.headers.get('x-error-id')).not.toBeNull()
      expect(await response.text()).toBe(text)
    }
  })

  test('that is the default is replaced on an API path', async () => {
    for (const own of [
      undefined,
      () => 'Internal Server Error',
      () => stream('Internal Server Error', 21),
    ]) {
      const response = await appOf(own).request('/api/x')
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toEqual({
        success: false,
        result: null,
        message: 'Internal Server Error',
      })
    }
  })
})
