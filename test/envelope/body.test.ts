import { afterEach, describe, expect, test, vi } from 'vitest'
import { NODE, stubUserAgent, WORKERD } from '../support/user-agent.ts'

const KB_64 = 65_536
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

afterEach(() => void vi.unstubAllGlobals())

async function bodyOf(userAgent: string, stream: ReadableStream, large?: boolean) {
  stubUserAgent(userAgent)
  const { Body } = await import('../../src/envelope/rewrite/body.ts')
  return new Body(stream, large)
}

/** A byte stream that answers each read with so many bytes: the first 1s, then 2s, and so on. */
function byteStream(...lengths: number[]) {
  const rooms: (number | undefined)[] = []
  const cancel = vi.fn()
  const stream = new ReadableStream({
    type: 'bytes',
    cancel,
    pull(controller) {
      const request = controller.byobRequest
      const length = lengths[rooms.length]
      rooms.push(request?.view?.byteLength)
      if (length === undefined) controller.close()
      else if (request === null) controller.enqueue(new Uint8Array(length).fill(rooms.length))
      else (request.view as Uint8Array).fill(rooms.length, 0, length)
      request?.respond(length ?? 0)
    },
  })
  return { stream, rooms, cancel }
}

const streamOf = (...chunks: unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

describe('in workerd', () => {
  test('a byte stream is read 64 KB at once, to its end', async () => {
    const { stream, rooms } = byteStream(KB_64, 3)
    const body = await bodyOf(WORKERD, stream)
    expect(await body.next()).toEqual(new Uint8Array(KB_64).fill(1))
    expect(await body.next()).toEqual(new Uint8Array(3).fill(2))
    expect(await body.next()).toBeNull()
    expect(rooms).toEqual([KB_64, KB_64, KB_64])
    expect(body.size).toBe(KB_64 + 3)
  })

  test('a chunk of up to 32 KB does not keep the 64 KB it was read into', async () => {
    const lengths = [1, 32_768, 32_769]
    const body = await bodyOf(WORKERD, byteStream(...lengths).stream)
    const chunks = [await body.read(), await body.read(), await body.read()]
    expect(chunks.map((chunk) => chunk!.buffer.byteLength)).toEqual([1, 32_768, KB_64])
    expect(chunks).toEqual(lengths.map((length, nth) => new Uint8Array(length).fill(nth + 1)))
  })

  test('a short body is read in the chunks of its source', async () => {
    const { stream, rooms } = byteStream(5)
    const body = await bodyOf(WORKERD, stream, false)
    expect(await body.next()).toEqual(new Uint8Array(5).fill(1))
    expect(rooms[0]).toBeUndefined()
  })

  test('a stream that is not of bytes has its own chunks', async () => {
    const body = await bodyOf(WORKERD, streamOf(bytes('abc')))
    expect(await body.next()).toEqual(bytes('abc'))
    expect(await body.next()).toBeNull()
  })

  test('a cancel reaches the source and ends the body', async () => {
    const { stream, cancel } = byteStream(5)
    const body = await bodyOf(WORKERD, stream)
    await body.cancel('gone')
    expect(cancel).toHaveBeenCalledExactlyOnceWith('gone')
    expect(await body.read()).toBeNull()
  })
})

test('other runtimes read a byte stream in the chunks of its source', async () => {
  const { stream, rooms } = byteStream(5)
  const body = await bodyOf(NODE, stream)
  expect(await body.next()).toEqual(new Uint8Array(5).fill(1))
  expect(rooms[0]).toBeUndefined()
})

const words = new Uint16Array([0x6161, 0x6262, 0x6363])

test.each([
  ['text', 'é', bytes('é')],
  ['a view of other numbers', words.subarray(1, 2), bytes('bb')],
  ['a DataView', new DataView(words.buffer, 2, 3), bytes('bbc')],
  ['a buffer', words.buffer, bytes('aabbcc')],
])('a chunk may be %s', async (_, chunk, expected) => {
  const body = await bodyOf(NODE, streamOf(chunk))
  expect(await body.read()).toEqual(expected)
  expect(body.size).toBe(expected.length)
})

test('the only chunk is held without a copy', async () => {
  const chunk = bytes('abc')
  const body = await bodyOf(NODE, streamOf(chunk))
  expect(await body.read()).toBe(chunk)
  expect(body.held()).toBe(chunk)
})

test.each([null, 3, {}])('the chunk %j fails', async (chunk) => {
  const body = await bodyOf(NODE, streamOf(chunk))
  await expect(body.read()).rejects.toThrow(new TypeError('a body is made of bytes'))
})

describe('draining', () => {
  test('reads the end of the source', async () => {
    const { stream, rooms } = byteStream(5)
    const body = await bodyOf(NODE, stream)
    await body.next()
    body.drain()
    await vi.waitFor(() => expect(rooms).toHaveLength(2))
  })

  test('ignores a failure of the source', async () => {
    const body = await bodyOf(NODE, streamOf(3))
    body.drain()
    await expect(body.read()).rejects.toThrow(TypeError)
  })
})
