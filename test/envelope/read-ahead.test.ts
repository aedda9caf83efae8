import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Scanner } from '../../src/envelope/json/scanner.ts'
import { Body } from '../../src/envelope/rewrite/body.ts'
import {
  Deadline,
  readAhead,
  type ReadLimits,
  readShort,
  UNENDED,
  UNTOUCHED,
  WHOLE,
} from '../../src/envelope/rewrite/read-ahead.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const wait = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

/** A body whose chunks the test sends. */
class Live {
  readonly body: Body
  #controller!: ReadableStreamDefaultController<Uint8Array>

  constructor(...chunks: string[]) {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
    })
    this.body = new Body(stream)
    for (const chunk of chunks) this.put(chunk)
  }

  put(text: string): void {
    this.#controller.enqueue(Buffer.from(text))
  }

  end(): void {
    this.#controller.close()
  }

  readAhead(limits: Partial<ReadLimits> = {}): Promise<number> {
    const all = { maxBytes: 100, valueMs: 1_000, length: null, ...limits }
    return readAhead(this.body, new Scanner(Infinity), all)
  }
}

/** What a promise has become so far; `waiting` before that. */
function watch<T>(promise: Promise<T>): { now: T | 'waiting' } {
  const seen: { now: T | 'waiting' } = { now: 'waiting' }
  void promise.then((value) => (seen.now = value))
  return seen
}

describe('a JSON body that is read ahead', () => {
  test('is whole when it has as many bytes as may be held', async () => {
    const live = new Live('[1', ',2]')
    live.end()
    expect(await live.readAhead({ maxBytes: 5 })).toBe(WHOLE)
  })

  test('has no known end when it has one byte more', async () => {
    const live = new Live('[1', ',2]')
    live.end()
    expect(await live.readAhead({ maxBytes: 4 })).toBe(UNENDED)
  })

  test('is whole at its Content-Length, and its end is read all the same', async () => {
    let pulls = 0
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++
          if (pulls === 1) controller.enqueue(Buffer.from('[1]'))
          else controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const limits = { maxBytes: 100, valueMs: null, length: 3 }
    expect(await readAhead(new Body(stream), new Scanner(Infinity), limits)).toBe(WHOLE)
    await wait(0)
    expect(pulls).toBe(2)
  })

  test.each([
    ['a newline after the value', '[1]\n', UNTOUCHED],
    ['a carriage return after the value', '[1]\r', UNTOUCHED],
    ['nothing after the value', '[1]', UNENDED],
    ['newlines within the value alone', '[\n1\n]', UNENDED],
    ['an invalid byte', '[1}', UNTOUCHED],
    ['an invalid first byte', '\u001e{"a":1}', UNTOUCHED],
    ['a second value', '[1][2', UNTOUCHED],
  ])('with %s is known after 50 ms', async (_, text, expected) => {
    const seen = watch(new Live(text).readAhead())
    await wait(49)
    expect(seen.now).toBe('waiting')
    await wait(1)
    expect(seen.now).toBe(expected)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('whose value has not ended after its time streams, also behind a newline', async () => {
    const live = new Live('[1,\n')
    const seen = watch(live.readAhead())
    await wait(600)
    live.put('2,\n')
    await wait(399)
    expect(seen.now).toBe('waiting')
    await wait(1)
    expect(seen.now).toBe(UNENDED)
  })

  test('has no limit of time within its value where none is given', async () => {
    const live = new Live('[1')
    const seen = watch(live.readAhead({ valueMs: null }))
    await wait(60_000)
    expect(seen.now).toBe('waiting')
    live.put(']')
    live.end()
    await wait(0)
    expect(seen.now).toBe(WHOLE)
  })

  test('leaves no timer behind when it ends in time', async () => {
    const live = new Live('[1]')
    const seen = watch(live.readAhead())
    await wait(10)
    expect(vi.getTimerCount()).toBe(1)
    live.end()
    await wait(0)
    expect(seen.now).toBe(WHOLE)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a short body', () => {
  test('may have as many bytes as are given, and no more', async () => {
    for (const [maxBytes, expected] of [
      [4, true],
      [3, false],
    ] as const) {
      const live = new Live('ab', 'cd')
      live.end()
      expect(await readShort(live.body, maxBytes, 50)).toBe(expected)
    }
  })

  test('must end within its time after the first byte', async () => {
    const live = new Live()
    const seen = watch(readShort(live.body, 100, 50))
    await wait(500)
    live.put('a')
    await wait(30)
    live.put('b')
    await wait(19)
    expect(seen.now).toBe('waiting')
    await wait(1)
    expect(seen.now).toBe(false)
  })

  test('leaves no timer behind when it ends in time', async () => {
    const live = new Live('a')
    const seen = watch(readShort(live.body, 100, 50))
    await wait(10)
    expect(vi.getTimerCount()).toBe(1)
    live.end()
    await wait(0)
    expect(seen.now).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a deadline', () => {
  test('makes no timer for what is there after a few microtasks', async () => {
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const deadline = new Deadline()
    deadline.set(50)
    const soon = Promise.resolve()
      .then(() => {})
      .then(() => 'soon')
    expect(await deadline.race(soon)).toBe('soon')
    await expect(deadline.race(Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(timer).not.toHaveBeenCalled()
  })

  test('that is set again counts from then', async () => {
    const deadline = new Deadline()
    const never = new Promise<string>(() => {})
    deadline.set(50)
    void deadline.race(never)
    await wait(40)
    deadline.set(50)
    const seen = watch(deadline.race(never))
    await wait(49)
    expect(seen.now).toBe('waiting')
    await wait(1)
    expect(seen.now).toBe(undefined)
  })
})
