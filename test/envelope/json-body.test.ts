import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { enveloped, envelopedText } from '../../src/envelope/rewrite/json-body.ts'
import { keptMessage } from '../../src/envelope/rewrite/mark.ts'

const MIB = 1_048_576
const KB_64 = 65_536

const TYPE = { 'content-type': 'application/json' }

function inJson(body: BodyInit, status = 200): Response {
  return new Response(body, { status, headers: TYPE })
}

/** Texts of megabytes are compared, not printed. */
function same(actual: string, expected: string): boolean {
  return actual === expected
}

/** A response whose chunks the test sends. */
class Live {
  readonly stream: ReadableStream<Uint8Array>
  readonly response: Response
  #controller!: ReadableStreamDefaultController<Uint8Array>

  constructor() {
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
    })
    this.response = inJson(this.stream)
  }

  put(text: string): void {
    this.#controller.enqueue(Buffer.from(text))
  }

  end(): void {
    this.#controller.close()
  }
}

test('headers that a stream sets while it is read are adapted', async () => {
  const body = new ReadableStream({
    pull(controller) {
      response.headers.set('content-length', '3')
      response.headers.set('content-digest', 'sha-256=:abc=:')
      controller.enqueue(Buffer.from('[1]'))
      controller.close()
    },
  })
  const response = inJson(body)
  const out = await enveloped(response, response.body!, 'application/json')
  const text = await out.text()
  expect(text).toBe('{"success":true,"result":[1],"message":null}')
  expect(out.headers.get('content-length')).toBe(String(text.length))
  expect(out.headers.has('content-digest')).toBe(false)
})

describe('a known text', () => {
  test.each([
    ['[1]', '{"success":true,"result":[1],"message":null}'],
    ['{"name":"é"}', '{"success":true,"result":{"name":"é"},"message":null}'],
  ])('%s is enveloped without its body being read', async (text, expected) => {
    const response = inJson(text)
    const out = envelopedText(response, text)!
    expect(response.bodyUsed).toBe(false)
    expect(await out.text()).toBe(expected)
  })

  test('that is not one value leaves the same object', () => {
    for (const text of ['[1', '{"success":true,"result":1,"message":null}']) {
      const response = inJson(text)
      expect(envelopedText(response, text)).toBe(response)
    }
  })

  test('is too long when its UTF-8 may have over 1 MB', async () => {
    const longest = `"${'x'.repeat(349_523)}"`
    const out = envelopedText(inJson(longest), longest)!
    expect(same(await out.text(), `{"success":true,"result":${longest},"message":null}`)).toBe(true)
    expect(envelopedText(inJson('1'), `${longest} `)).toBe(null)
  })
})

describe('the message of a failure', () => {
  const long = (bytes: number): string => 'x'.repeat(bytes - 2)

  test.each<[string, number, string, string | undefined]>([
    ['a member', 400, '{"message":"no"}', 'no'],
    ['a member of a 5xx', 500, '{"a":1,"message":"no"}', 'no'],
    ['the last of two members', 400, '{"message":"no","message":"not so"}', 'not so'],
    ['a member behind a long one', 400, `{"a":"${long(KB_64)}","message":"no"}`, 'no'],
    ['the whole of a client error', 400, ' "no" ', 'no'],
    ['at most 64 KB long', 400, `"${long(KB_64)}"`, long(KB_64)],
    ['not longer', 400, `"${long(KB_64 + 1)}"`, undefined],
    ['not the whole of a server error', 500, '"no"', undefined],
    ['not the whole of a server error after a space', 500, ' "no"', undefined],
    ['not a text within an array', 500, '["no"]', undefined],
    ['not an object', 400, '{"a":1}', undefined],
    ['not a number', 400, '{"message":1}', undefined],
    ['not what comes before an invalid byte', 400, '"no" x', undefined],
    ['not an invalid text', 400, String.raw`{"message":"\x"}`, undefined],
    ['none for a success', 200, '{"message":"yes"}', undefined],
  ])('is %s', async (_, status, text, expected) => {
    const known = envelopedText(inJson(text, status), text)!
    expect(keptMessage(known) === expected).toBe(true)
    const response = inJson(text, status)
    expect(keptMessage(await enveloped(response, response.body!)) === expected).toBe(true)
  })
})

describe('the bytes of a body', () => {
  test.each([
    [
      'a byte order mark',
      '\ufeff{"a":1}',
      '\ufeff{"success":true,"result":{"a":1},"message":null}',
    ],
    ['letters', '{"a":"é"}', '{"success":true,"result":{"a":"é"},"message":null}'],
  ])('keep %s', async (_, text, expected) => {
    const response = inJson(text)
    const out = await enveloped(response, response.body!)
    expect(Buffer.from(await out.arrayBuffer()).toString()).toBe(expected)
  })

  test('stay when they are not UTF-8', async () => {
    const response = inJson(Buffer.from('{"a":"é"}', 'latin1'))
    const out = await enveloped(response, response.body!)
    const expected = '{"success":true,"result":{"a":"é"},"message":null}'
    expect(Buffer.from(await out.arrayBuffer()).toString('latin1')).toBe(expected)
  })
})

describe('an object whose end is not there', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  async function firstOf(response: Response): Promise<string> {
    const { value } = await response.body!.getReader().read()
    return Buffer.from(value!).toString()
  }

  test.each([
    ['short', '{"a":1,'],
    ['1 MB long', `{"a":1,"b":"${'x'.repeat(MIB - 12)}`],
  ])('goes out when it is slow and %s, after its first key', async (_, text) => {
    const live = new Live()
    live.put(text)
    let out: Response | undefined
    void enveloped(live.response, live.stream).then((made) => (out = made))
    await vi.advanceTimersByTimeAsync(999)
    expect(out).toBe(undefined)
    await vi.advanceTimersByTimeAsync(1)
    expect(await firstOf(out!)).toBe('{"success":true,"result":')
  })

  test('is known as an envelope with a key of its own when it is long', async () => {
    const text = `{"success":true,"extra":1,"result":["${'x'.repeat(MIB)}"],"message":null}`
    const response = inJson(text)
    const out = await enveloped(response, response.body!)
    expect(same(await out.text(), text)).toBe(true)
  })
})

describe('a body whose length the runtime knows', () => {
  const key = Symbol('length')

  beforeEach(() => {
    vi.useFakeTimers()
    vi.resetModules()
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    Object.defineProperty(ReadableStream.prototype, key, { value: null, configurable: true })
  })
  afterEach(() => {
    Reflect.deleteProperty(ReadableStream.prototype, key)
    vi.unstubAllGlobals()
    vi.resetModules()
    vi.useRealTimers()
  })

  /** What becomes of `[1` when its end comes after two seconds, and whether it goes out earlier. */
  async function slow(length: number, end = ']'): Promise<{ early: boolean; text: string }> {
    const { enveloped: inWorkerd } = await import('../../src/envelope/rewrite/json-body.ts')
    const live = new Live()
    Object.defineProperty(live.stream, key, { value: BigInt(length) })
    live.put('[1')
    const pending = inWorkerd(live.response, live.stream)
    let early = false
    let isOpen = true
    void pending.then(() => (early = isOpen))
    await vi.advanceTimersByTimeAsync(2_000)
    isOpen = false
    live.put(end)
    live.end()
    return { text: await (await pending).text(), early }
  }

  const expected = '{"success":true,"result":[1],"message":null}'

  test.each([3, MIB])('is held to its end when it has %i bytes', async (length) => {
    expect(await slow(length)).toEqual({ early: false, text: expected })
  })

  test('streams when it has over 1 MB', async () => {
    expect(await slow(MIB + 1)).toEqual({ early: true, text: expected })
  })

  test('goes out with its own bytes when it is not JSON', async () => {
    expect(await slow(3, '}')).toEqual({ early: false, text: '[1}' })
  })
})
