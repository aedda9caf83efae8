import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EnvelopeFormat } from '../../src/envelope/rewrite/respond.ts'
import { toEnvelope } from '../support/to-envelope.ts'

const MIB = 1_048_576

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A response whose chunks the test sends. */
class Live {
  readonly response: Response
  #controller!: ReadableStreamDefaultController<Uint8Array>
  cancelled = false

  constructor(headers: Record<string, string> = {}, status = 200) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.cancelled = true),
    })
    const all = { 'content-type': 'application/json', ...headers }
    this.response = new Response(body, { status, headers: all })
  }

  put(text: string): void {
    this.#controller.enqueue(Buffer.from(text))
  }

  end(): void {
    this.#controller.close()
  }
}

/** The state of a response: pending, or the text so far. */
function watch(pending: Response | Promise<Response>): { text: string | null; ended: boolean } {
  const seen: { text: string | null; ended: boolean } = { text: null, ended: false }
  void (async () => {
    const { body } = await pending
    seen.text = ''
    for await (const chunk of body!) seen.text += Buffer.from(chunk).toString()
    seen.ended = true
  })()
  return seen
}

const wait = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

const formats: [string, EnvelopeFormat, number][] = [
  ['the envelope', 'envelope', 200],
  ['a problem', 'problem', 400],
  ['a function', (envelope) => envelope, 200],
]

describe.each(formats)('JSON values one after the other, under %s', (_, format, status) => {
  test('go out as they come when a newline and no end follows the first', async () => {
    const live = new Live({}, status)
    live.put('{"type":"ADDED"}\n')
    const seen = watch(toEnvelope(live.response, format))
    await wait(49)
    expect(seen.text).toBe(null)
    await wait(1)
    expect(seen.text).toBe('{"type":"ADDED"}\n')
    await wait(120)
    live.put('{"type":"MODIFIED"}\n')
    await wait(0)
    expect(seen.text).toBe('{"type":"ADDED"}\n{"type":"MODIFIED"}\n')
    live.end()
    await wait(0)
    expect(seen.ended).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('wait no longer than 50 ms, however often something comes', async () => {
    const live = new Live({}, status)
    live.put('{"n":1}\r')
    const seen = watch(toEnvelope(live.response, format))
    for (let ms = 0; ms < 50; ms += 10) {
      live.put(ms < 30 ? '\n' : '{"n":2}\n')
      expect(seen.text).toBe(null)
      await wait(10)
    }
    expect(seen.text).toBe('{"n":1}\r\n\n\n{"n":2}\n{"n":2}\n')
  })

  test('are counted from the moment when the first is whole', async () => {
    const live = new Live({}, status)
    live.put('{"type":')
    const seen = watch(toEnvelope(live.response, format))
    await wait(400)
    live.put('"ADDED"')
    await wait(400)
    live.put('}\n')
    await wait(49)
    expect(seen.text).toBe(null)
    await wait(1)
    expect(seen.text).toBe('{"type":"ADDED"}\n')
    live.put('{}\n')
    live.end()
    await wait(0)
    expect(seen.text).toBe('{"type":"ADDED"}\n{}\n')
  })

  test.each([
    ['a newline', '{"a":1}\n{"b":2}\n'],
    ['nothing', '{"a":1}{"b":2}'],
    ['a space', '[1] [2]'],
    ['a record separator', '\u001e{"a":1}\n\u001e{"b":2}\n'],
    ['a comma', '{"a":1},{"b":2}'],
  ])('stay as they are with %s between them', async (_between, text) => {
    for (const at of [text.length, 7, 8, 9]) {
      const live = new Live({}, status)
      const seen = watch(toEnvelope(live.response, format))
      live.put(text.slice(0, at))
      await wait(5)
      if (at < text.length) live.put(text.slice(at))
      live.end()
      await wait(0)
      expect(seen).toEqual({ text, ended: true })
    }
  })

  test('are told apart at once by a known Content-Length', async () => {
    const text = '{"a":1}\n'
    const live = new Live({ 'content-length': String(text.length) }, status)
    live.put(text)
    const seen = watch(toEnvelope(live.response, format))
    await wait(0)
    expect(seen.ended).toBe(true)
    expect(seen.text).not.toBe(text)
    expect(JSON.parse(seen.text!)).toMatchObject(status < 400 ? { result: { a: 1 } } : { a: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('hand a cancel to their source', async () => {
    const live = new Live({}, status)
    live.put('{}\n')
    const pending = toEnvelope(live.response, format)
    await wait(50)
    await (await pending).body!.cancel()
    expect(live.cancelled).toBe(true)
  })
})

describe('a single value', () => {
  test.each(['{"a":1}\n', '{"a":1}', '"a"\n', '1\n', '1'])(
    'whose end comes within 50 ms is enveloped: %j',
    async (text) => {
      const live = new Live()
      live.put(text)
      const seen = watch(toEnvelope(live.response))
      await wait(49)
      live.end()
      await wait(0)
      const tail = text.endsWith('\n') ? '\n' : ''
      expect(seen.text).toBe(`{"success":true,"result":${text.trimEnd()},"message":null}${tail}`)
    },
  )

  test('without a newline goes out enveloped before its end comes', async () => {
    const live = new Live()
    live.put('{"a":1}')
    const seen = watch(toEnvelope(live.response))
    await wait(50)
    expect(seen).toEqual({ text: '{"success":true,"result":{"a":1},"message":null}', ended: false })
    live.put(' \n')
    live.end()
    await wait(0)
    expect(seen.text).toBe('{"success":true,"result":{"a":1},"message":null} \n')
  })

  test('that must be parsed, without a newline, goes out as it came', async () => {
    const live = new Live()
    live.put('{"a":1}')
    const seen = watch(toEnvelope(live.response, (envelope) => envelope))
    await wait(50)
    expect(seen.text).toBe('{"a":1}')
  })

  test('of over 1 MB is taken for the only one', async () => {
    const live = new Live()
    const long = `["${'x'.repeat(MIB)}"]`
    live.put(long)
    live.put('\n')
    const seen = watch(toEnvelope(live.response))
    await wait(200)
    live.put('{}\n')
    live.end()
    await wait(0)
    const expected = `{"success":true,"result":${long},"message":null}\n\u001a{}\n`
    expect(seen.text === expected).toBe(true)
  })

  test('is the first of several when the second begins within the first MB', async () => {
    const live = new Live()
    const long = `["${'x'.repeat(MIB - 100)}"]`
    live.put(long)
    live.put(`[${' '.repeat(200)}]`)
    const seen = watch(toEnvelope(live.response))
    await wait(0)
    expect(seen.text === `${long}[${' '.repeat(200)}]`).toBe(true)
  })

  test('is not read in a wrong Content-Length', async () => {
    for (const length of ['3', '99', '7 ', '-1', 'x']) {
      const live = new Live({ 'content-length': length })
      live.put('{"a":1}\n')
      const seen = watch(toEnvelope(live.response))
      await wait(0)
      expect(seen.text).toBe(null)
      live.end()
      await wait(0)
      expect(seen.text).toBe('{"success":true,"result":{"a":1},"message":null}\n')
    }
  })
})
