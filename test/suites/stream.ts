import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceLog } from '../support/fixtures/stream-app.ts'

/** A host that serves `fixtures/stream-app.ts` over HTTP. */
export interface StreamHost {
  url: string
  /** Bytes of memory that its process uses. */
  memory(): Promise<number>
  stop(): Promise<void>
}

const MB = 1_000_000
const PREFIX = '{"success":true,"result":'
const SUFFIX = ',"message":"ok"}'
/** Bytes that the envelope adds to a body of `{"message":"ok",…}`. */
const ADDED = PREFIX.length + SUFFIX.length - '"message":"ok",'.length

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Tests that a client and the source of a streamed body do not notice klaxon between them. */
export function streams(title: string, start: () => Promise<StreamHost>): void {
  describe(title, () => {
    let host: StreamHost
    let count = 0
    beforeAll(async () => {
      host = await start()
    })
    afterAll(() => host.stop())

    interface Exchange {
      response: Response
      reader: ReadableStreamDefaultReader<Uint8Array>
      /** Reads until it has `bytes`, or to the end. */
      read: (bytes?: number) => Promise<Uint8Array>
      log: () => Promise<SourceLog>
      release: () => Promise<void>
    }

    /** `/api` is enveloped, `/plain` is the control. */
    async function ask(
      at: '/api' | '/plain',
      query: Record<string, string | number>,
      method = 'GET',
    ): Promise<Exchange> {
      const id = String(++count)
      const texts = Object.entries({ ...query, id }).map(([key, value]) => [key, String(value)])
      const response = await fetch(`${host.url}${at}/rows?${new URLSearchParams(texts)}`, {
        method,
      })
      const reader = (response.body ?? new Response('').body!).getReader()
      const call = (path: string): Promise<Response> => fetch(`${host.url}${path}?id=${id}`)
      return {
        response,
        reader,
        async read(bytes = Infinity) {
          const chunks: Uint8Array[] = []
          for (let size = 0; size < bytes;) {
            const { done, value } = await reader.read()
            if (done) break
            chunks.push(value)
            size += value.length
          }
          return Buffer.concat(chunks)
        },
        log: async () => (await (await call('/log')).json()) as SourceLog,
        release: async () => void (await call('/release')),
      }
    }

    /** Bytes that the source has given when nobody asks for more. */
    async function givenAtRest({ log }: Exchange): Promise<number> {
      for (let before = -1; ;) {
        const { given } = await log()
        if (given === before) return given
        before = given
        await sleep(300)
      }
    }

    test('above 1 MB the first byte is out before the last is in', async () => {
      const exchange = await ask('/api', { bytes: 4 * MB, gate: 2 * MB })
      const first = Buffer.from(await exchange.read(PREFIX.length)).toString()
      expect(first.startsWith(PREFIX)).toBe(true)
      expect(await exchange.log()).toMatchObject({ ended: false, released: false })
      await exchange.release()
      const text = first + Buffer.from(await exchange.read()).toString()
      const { result, ...rest } = JSON.parse(text) as { result: { rows: (string | number)[] } }
      expect(rest).toEqual({ success: true, message: 'ok' })
      expect(result.rows.every((row) => row === 0 || String(row).length === 63_997)).toBe(true)
      expect((await exchange.log()).given + ADDED).toBe(text.length)
    })

    test('above 1 MB the response is on its way before the source is asked for 2', async () => {
      const { log, read } = await ask('/api', { bytes: 4 * MB })
      await read()
      const { answeredAt, given } = await log()
      expect(answeredAt).toBeLessThan(2 * MB)
      expect(given).toBeGreaterThan(4 * MB)
    })

    test('a body that comes slowly is on its way before it is complete, however short', async () => {
      const exchange = await ask('/api', { bytes: 1, gate: 1 })
      const first = Buffer.from(await exchange.read(PREFIX.length)).toString()
      expect(first.startsWith(PREFIX)).toBe(true)
      expect(await exchange.log()).toMatchObject({ ended: false, released: false })
      await exchange.release()
      const text = first + Buffer.from(await exchange.read()).toString()
      expect(text).toBe(`${PREFIX}{"rows":[0]}${SUFFIX}`)
    })

    test('the source is asked for at most 8 MB more than without klaxon while the client does not read', async () => {
      const given: number[] = []
      for (const at of ['/plain', '/api'] as const) {
        const exchange = await ask(at, { bytes: 100 * MB })
        await exchange.read(1)
        given.push(await givenAtRest(exchange))
        await exchange.reader.cancel()
      }
      expect(given[1]).toBeLessThan(given[0]! + 8 * MB)
    })

    test('the source waits for a client that stops half-way', async () => {
      const exchange = await ask('/api', { bytes: 100 * MB })
      await exchange.read(30 * MB)
      // By then Linux buffers up to 33 MB for a connection.
      expect(await givenAtRest(exchange)).toBeLessThan(80 * MB)
      await exchange.reader.cancel()
    })

    test.each([50, 100])('%s MB arrive whole', async (mb) => {
      const sizes: number[] = []
      for (const at of ['/plain', '/api'] as const) {
        const { read } = await ask(at, { bytes: mb * MB })
        let bytes = 0
        for (let length = -1; length !== 0; bytes += length) length = (await read(5 * MB)).length
        sizes.push(bytes)
      }
      expect(sizes[1]).toBe(sizes[0]! + ADDED)
    })

    test('memory does not grow with the body', async () => {
      const rise = async (bytes: number): Promise<number> => {
        const exchange = await ask('/api', { bytes })
        const before = await host.memory()
        let peak = before
        for (let length = -1; length !== 0;) {
          length = (await exchange.read(20 * MB)).length
          peak = Math.max(peak, await host.memory())
        }
        return peak - before
      }
      // The first body includes one-time costs, such as compiled code and the first growth of the
      // heap.
      await rise(100 * MB)
      // Memory that is not yet collected is less than a third of the body.
      expect(await rise(300 * MB)).toBeLessThan(100 * MB)
    })

    test("a client's cancel reaches the source", async () => {
      const exchange = await ask('/api', { bytes: 100 * MB })
      await exchange.read(3 * MB)
      await exchange.reader.cancel()
      await expect
        .poll(async () => (await exchange.log()).cancelled, { timeout: 10_000 })
        .toBe(true)
      expect((await exchange.log()).given).toBeLessThan(50 * MB)
    })

    test('an error of the source reaches the client', async () => {
      for (const at of ['/plain', '/api'] as const) {
        const exchange = await ask(at, { bytes: 10 * MB, gate: 2 * MB, fail: 3 * MB })
        // Reads before the error, which may reset the connection and drop the unread bytes.
        expect((await exchange.read(MB)).length).toBeGreaterThanOrEqual(MB)
        await exchange.release()
        await expect(exchange.read()).rejects.toThrow()
      }
    })

    test.each([
      ['an event stream', { type: 'text/event-stream' }],
      ['a text', { type: 'text/plain' }],
      ['bytes', { type: 'application/octet-stream' }],
      ['another JSON type', { type: 'application/problem+json' }],
      ['a part', { status: 206 }],
      ['an encoded body', { encoding: 'x-own' }],
    ])('%s goes through untouched and unbuffered', async (_, query) => {
      const got: unknown[] = []
      for (const at of ['/plain', '/api'] as const) {
        const exchange = await ask(at, { bytes: 1, gate: 1, ...query })
        const first = Buffer.from(await exchange.read(1)).toString()
        expect(await exchange.log()).toMatchObject({ ended: false, released: false })
        await exchange.release()
        const rest = Buffer.from(await exchange.read()).toString()
        const { status, headers } = exchange.response
        got.push([
          status,
          headers.get('content-type'),
          headers.get('content-encoding'),
          first,
          rest,
        ])
      }
      expect(got[1]).toEqual(got[0])
    })

    test.each([
      ['204', { status: 204 }, 'GET'],
      ['304', { status: 304 }, 'GET'],
      ['HEAD', { bytes: 1 }, 'HEAD'],
    ])('%s stays without a body', async (_, query, method) => {
      const got: unknown[] = []
      for (const at of ['/plain', '/api'] as const) {
        const { response, read } = await ask(at, query, method)
        got.push([response.status, response.headers.get('content-type'), (await read()).length])
      }
      expect(got[1]).toEqual(got[0])
    })
  })
}
