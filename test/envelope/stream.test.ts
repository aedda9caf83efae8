import { afterEach, describe, expect, test, vi } from 'vitest'
import { toEnvelope } from '../support/to-envelope.ts'

const MIB = 1_048_576
const ROW = `{"id":12345678901234567890,"name":"${'x'.repeat(200)}","tags":["a","b"]}`

/** The requests to a source, and how it ended. */
interface Log {
  pulled: number
  cancelled?: unknown
}

/**
 * A body of `open`, then rows until there are `size` bytes, then `close`. Each pull gives a chunk.
 */
function source(
  size: number,
  open = '[',
  close = ']',
): { body: ReadableStream<Uint8Array>; log: Log } {
  const log: Log = { pulled: 0 }
  const rows = Buffer.from(`${ROW},`.repeat(60))
  let sent = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        log.pulled++
        if (sent === 0) controller.enqueue(Buffer.from(open))
        else if (sent < size) controller.enqueue(rows)
        else {
          controller.enqueue(Buffer.from(ROW + close))
          controller.close()
        }
        sent += rows.length
      },
      cancel(reason) {
        log.cancelled = reason
      },
    },
    { highWaterMark: 0 },
  )
  return { body, log }
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk))
      controller.close()
    },
  })
}

function json(body: BodyInit, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } })
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return Buffer.from(await new Response(body).arrayBuffer()).toString()
}

/** Texts of megabytes are compared, not printed. */
function same(actual: string, expected: string): boolean {
  return actual === expected
}

describe('a long body', () => {
  test.each([
    ['2xx', 200, '{"success":true,"result":', ',"message":null}'],
    ['4xx', 404, '{"success":false,"result":null,"message":', '}'],
    ['5xx', 500, '{"success":false,"result":', ',"message":null}'],
  ])('of a %s is the same as a short one', async (_, status, prefix, suffix) => {
    const expected = prefix + (await textOf(source(3 * MIB).body)) + suffix
    const out = await toEnvelope(json(source(3 * MIB).body, status), 'envelope')
    expect(out.status).toBe(status)
    expect(same(await out.text(), expected)).toBe(true)
  })

  test('gives its first byte before its last is asked for', async () => {
    const { body, log } = source(10 * MIB)
    const out = await toEnvelope(json(body), 'envelope')
    const reader = out.body!.getReader()
    const { value } = await reader.read()
    expect(Buffer.from(value!).toString()).toBe('{"success":true,"result":')
    const before = log.pulled
    expect(before).toBeLessThan((2 * MIB) / (60 * ROW.length))
    await reader.read()
    expect(log.pulled - before).toBeLessThan(3)
    await reader.cancel()
  })

  test('is read only as far as somebody reads it', async () => {
    const { body, log } = source(50 * MIB)
    const reader = (await toEnvelope(json(body), 'envelope')).body!.getReader()
    const before = log.pulled
    while (log.pulled === before) await reader.read()
    expect(log.pulled).toBe(before + 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(log.pulled).toBe(before + 1)
    await reader.cancel()
  })

  test('hands a cancel to its source', async () => {
    const { body, log } = source(10 * MIB)
    const out = await toEnvelope(json(body), 'envelope')
    const reader = out.body!.getReader()
    await reader.read()
    await reader.cancel('enough')
    expect(log.cancelled).toBe('enough')
  })

  test('hands the error of its source to the reader', async () => {
    const error = new Error('gone')
    const { body } = source(2 * MIB)
    let left = 120
    const failing = body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (left-- === 0) throw error
          controller.enqueue(chunk)
        },
      }),
    )
    const out = await toEnvelope(json(failing), 'envelope')
    await expect(out.text()).rejects.toBe(error)
  })

  test('has its message moved behind the result, wherever it stands', async () => {
    for (const [open, close] of [
      ['{"message":"m","rows":[', ']}'],
      ['{"rows":[', '],"message":"m"}'],
      ['{"message":"other","rows":[', '],"m\\u0065ssage":"m"}'],
    ] as const) {
      const rows = (await textOf(source(2 * MIB, '[').body)).slice(1, -1)
      const out = await toEnvelope(json(source(2 * MIB, open, close).body), 'envelope')
      const expected = `{"success":true,"result":{"rows":[${rows}]},"message":"m"}`
      expect(same(await out.text(), expected)).toBe(true)
    }
  })

  test('keeps a message over 1 MB in the result', async () => {
    const body = `{"a":1,"message":"${'x'.repeat(MIB)}","b":2}`
    const out = await toEnvelope(json(streamOf(body.slice(0, MIB), body.slice(MIB))), 'envelope')
    expect(same(await out.text(), `{"success":true,"result":${body},"message":null}`)).toBe(true)
  })

  test('that is an envelope already stays as it is', async () => {
    const open = '{"success":true,"result":['
    const close = '],"message":null}'
    const expected = await textOf(source(2 * MIB, open, close).body)
    const headers = { etag: '"strong"', 'content-length': String(expected.length) }
    const out = await toEnvelope(json(source(2 * MIB, open, close).body, 200, headers), 'envelope')
    expect(out.headers.get('etag')).toBe('"strong"')
    expect(out.headers.get('content-length')).toBe(String(expected.length))
    expect(same(await out.text(), expected)).toBe(true)
  })

  test('loses its Content-Length and keeps its ETag', async () => {
    const headers = { etag: '"strong"', 'content-length': '123' }
    const out = await toEnvelope(json(source(2 * MIB).body, 200, headers), 'envelope')
    expect(out.headers.has('content-length')).toBe(false)
    expect(out.headers.get('etag')).toBe('"strong"')
    await out.body!.cancel()
  })

  test.each([
    ['ends too early', '[', '', ''],
    ['closes the wrong bracket', '[', '}', '\u001a}'],
    ['goes on after its end', '[', '] x', '] \u001ax'],
    ['would close the envelope', '[', ']}', ']\u001a}'],
    ['misses a comma', '{"a":[', ']"b":1}', ']\u001a"b":1}'],
    ['loses a message that is no JSON', '{"message":tru,"a":[', '],"message":1}', '],"message":1}'],
  ])('that %s does not become valid', async (_, open, close, tail) => {
    const out = await toEnvelope(json(source(2 * MIB, open, close).body), 'envelope')
    const text = await out.text()
    expect(text.endsWith(tail)).toBe(true)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
  })

  test('that is broken within its first MB goes out as it came', async () => {
    const expected = await textOf(source(2 * MIB, '[}').body)
    const out = await toEnvelope(json(source(2 * MIB, '[}').body), 'envelope')
    expect(same(await out.text(), expected)).toBe(true)
  })

  test('of whitespace without end goes out as it comes', async () => {
    const out = await toEnvelope(
      json(streamOf(' '.repeat(MIB), ' '.repeat(MIB), '[1]')),
      'envelope',
    )
    expect(same(await out.text(), `${' '.repeat(2 * MIB)}[1]`)).toBe(true)
  })

  test('is not parsed for a format of its own', async () => {
    const expected = await textOf(source(5 * MIB).body)
    const format = vi.fn<() => string>(() => 'never')
    const out = await toEnvelope(json(source(5 * MIB).body, 400), format)
    expect(same(await out.text(), expected)).toBe(true)
    expect(format).not.toHaveBeenCalled()
  })
})

describe('a short body in chunks', () => {
  test('has one copy and a known length', async () => {
    const chunks = ['{"a"', ':1,"mess', 'age":"m"', '}']
    const out = await toEnvelope(
      json(streamOf(...chunks), 200, { 'content-length': '1' }),
      'envelope',
    )
    const expected = '{"success":true,"result":{"a":1},"message":"m"}'
    expect(out.headers.get('content-length')).toBe(String(expected.length))
    expect(await out.text()).toBe(expected)
  })

  test('leaves no timer behind', async () => {
    vi.useFakeTimers()
    await toEnvelope(json(streamOf('[1', ']')), 'envelope')
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  test('that is no JSON goes out byte for byte', async () => {
    for (const chunks of [
      ['{"a":', '1]'],
      ['[1', ''],
    ]) {
      const out = await toEnvelope(json(streamOf(...chunks)), 'envelope')
      expect(await out.text()).toBe(chunks.join(''))
    }
  })

  test('fails as its source does, after what the source gave', async () => {
    const error = new Error('gone')
    for (const format of ['envelope', () => 'never'] as const) {
      let sent = false
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (sent) controller.error(error)
            else controller.enqueue(Buffer.from('{"a":1'))
            sent = true
          },
        },
        { highWaterMark: 0 },
      )
      const out = await toEnvelope(json(body, 400), format)
      const reader = out.body!.getReader()
      expect(Buffer.from((await reader.read()).value!).toString()).toBe('{"a":1')
      await expect(reader.read()).rejects.toBe(error)
    }
  })
})

describe('a slow body', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  function slow(): {
    body: ReadableStream<Uint8Array>
    put: (text: string) => void
    end: (error?: Error) => void
  } {
    let controller!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own
      },
    })
    return {
      body,
      put: (text) => controller.enqueue(Buffer.from(text)),
      end: (error) => (error === undefined ? controller.close() : controller.error(error)),
    }
  }

  test('goes on its way before it is complete', async () => {
    vi.useFakeTimers()
    const { body, put, end } = slow()
    put('[1')
    const pending = toEnvelope(json(body), 'envelope')
    await vi.advanceTimersByTimeAsync(1_000)
    const out = await pending
    put(',2')
    const reader = out.body!.getReader()
    const read = async (): Promise<string> =>
      Buffer.from((await reader.read()).value ?? []).toString()
    expect([await read(), await read(), await read()]).toEqual([
      '{"success":true,"result":',
      '[1',
      ',2',
    ])
    put(']')
    end()
    expect([await read(), await read(), await read()]).toEqual([']', ',"message":', 'null'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits until it is known what becomes of it', async () => {
    vi.useFakeTimers()
    const { body, put, end } = slow()
    put('{"success":true')
    const pending = toEnvelope(json(body), 'envelope')
    await vi.advanceTimersByTimeAsync(1_000)
    put(',"result":1')
    await vi.advanceTimersByTimeAsync(1000)
    put(',"message":null}')
    end()
    expect(await (await pending).text()).toBe('{"success":true,"result":1,"message":null}')
  })

  test('has one message and nothing else, and is decided at its end', async () => {
    vi.useFakeTimers()
    const { body, put, end } = slow()
    put('{"message":')
    const pending = toEnvelope(json(body, 400), 'envelope')
    await vi.advanceTimersByTimeAsync(1_000)
    put('"no"}')
    put('\n')
    end()
    expect(await (await pending).text()).toBe('{"success":false,"result":null,"message":"no"}\n')
  })

  test('fails late as its source does', async () => {
    vi.useFakeTimers()
    const error = new Error('gone')
    for (const first of ['[1', '{"success":true,']) {
      const { body, put, end } = slow()
      put(first)
      const pending = toEnvelope(json(body), 'envelope')
      await vi.advanceTimersByTimeAsync(1_000)
      end(error)
      const reader = (await pending).body!.getReader()
      const prefix = first === '[1' ? '{"success":true,"result":' : ''
      let text = ''
      while (text.length < prefix.length + first.length) {
        text += Buffer.from((await reader.read()).value ?? []).toString()
      }
      expect(text).toBe(prefix + first)
      await expect(reader.read()).rejects.toBe(error)
    }
  })
})
