import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { END_MS } from '../../src/envelope/rewrite/limits.ts'
import {
  NODE,
  stubStreamLengths,
  stubUserAgent,
  withLength,
  WORKERD,
} from '../support/user-agent.ts'

const MAX_BYTES = 10

type WithBody = Response & { body: ReadableStream<Uint8Array> }

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const responseOf = (body: BodyInit): WithBody => new Response(body, { status: 404 }) as WithBody

async function peekIn(userAgent: string) {
  stubUserAgent(userAgent)
  const { peek } = await import('../../src/envelope/rewrite/peek.ts')
  return (response: WithBody) => peek(response, MAX_BYTES)
}

/** A body whose chunks come when the test sends them. */
function slowBody() {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) })
  return { response: responseOf(stream), controller }
}

afterEach(() => void vi.unstubAllGlobals())

describe('a short body', () => {
  test.each(['', 'no', 'more than ten bytes'])('of %j is read and sent again', async (text) => {
    const peek = await peekIn(NODE)
    const seen = (await peek(responseOf(text)))!
    expect(seen.bytes).toEqual(encode(text))
    const out = seen.response()
    expect([out.status, await out.text()]).toEqual([404, text])
  })

  test('is read in the chunks of its source, also in workerd', async () => {
    const peek = await peekIn(WORKERD)
    const requests: unknown[] = []
    const stream = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        requests.push(controller.byobRequest)
        controller.enqueue(encode('no') as Uint8Array<ArrayBuffer>)
        controller.close()
      },
    })
    expect((await peek(responseOf(stream)))!.bytes).toEqual(encode('no'))
    expect(requests).toEqual([null])
  })
})

describe('a body of known length', () => {
  test('stays unread when it is longer than the limit', async () => {
    stubStreamLengths()
    const peek = await peekIn(WORKERD)
    const response = responseOf('x')
    withLength(response.body, BigInt(MAX_BYTES + 1))
    const seen = (await peek(response))!
    expect(seen.bytes).toBeNull()
    expect(seen.response()).toBe(response)
    expect(response.bodyUsed).toBe(false)
  })

  test('is read when it is as long as the limit', async () => {
    stubStreamLengths()
    const peek = await peekIn(WORKERD)
    const response = responseOf('0123456789')
    withLength(response.body, BigInt(MAX_BYTES))
    expect((await peek(response))!.bytes).toEqual(encode('0123456789'))
  })
})

test('a body over 4 KB is sent again, but its bytes are not kept', async () => {
  const peek = await peekIn(NODE)
  const text = 'x'.repeat(4_097)
  const seen = (await peek(responseOf(text)))!
  expect(seen.bytes).toBeNull()
  expect(await seen.response().text()).toBe(text)
})

describe('a body that breaks off', () => {
  test('before its first byte is null', async () => {
    const peek = await peekIn(NODE)
    const { response, controller } = slowBody()
    controller.error(new Error('gone'))
    expect(await peek(response)).toBeNull()
  })

  test('later is sent as far as it came', async () => {
    const peek = await peekIn(NODE)
    const { response, controller } = slowBody()
    controller.enqueue(encode('half'))
    const peeking = peek(response)
    await vi.waitFor(() => expect(controller.desiredSize).toBe(1))
    controller.error(new Error('gone'))
    const seen = (await peeking)!
    expect(seen.bytes).toBeNull()
    const reader = seen.response().body!.getReader()
    expect((await reader.read()).value).toEqual(encode('half'))
    await expect(reader.read()).rejects.toThrow('gone')
  })
})

describe('a slow body', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('is not waited for, and is sent whole', async () => {
    const peek = await peekIn(NODE)
    const { response, controller } = slowBody()
    const settled = vi.fn()
    const peeking = peek(response)
    void peeking.then(settled)
    await vi.advanceTimersByTimeAsync(END_MS - 1)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalledOnce()
    const seen = (await peeking)!
    expect(seen.bytes).toBeNull()
    controller.enqueue(encode('late'))
    controller.close()
    expect(await seen.response().text()).toBe('late')
  })

  test('that ends in time leaves no timer', async () => {
    const peek = await peekIn(NODE)
    const { response, controller } = slowBody()
    const peeking = peek(response)
    await vi.advanceTimersByTimeAsync(END_MS - 1)
    expect(vi.getTimerCount()).toBe(1)
    controller.enqueue(encode('no'))
    controller.close()
    expect((await peeking)!.bytes).toEqual(encode('no'))
    expect(vi.getTimerCount()).toBe(0)
  })
})
