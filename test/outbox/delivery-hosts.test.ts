import { describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { createBackground } from '../../src/outbox/background.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { expectAccounts, keptLog } from '../support/rig/checker.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A slow store. */
function slow(ms: number): Store {
  const store = memory()
  return {
    ...store,
    async write(batch) {
      await sleep(ms)
      return store.write(batch)
    },
  }
}

class Context {
  readonly #promises: Promise<unknown>[] = []
  waitUntil(promise: Promise<unknown>): void {
    this.#promises.push(promise)
  }
}

describe('work that no waitUntil holds is tracked, and flush() waits for it', () => {
  const detached = Reflect.get(Context.prototype, 'waitUntil') as Context['waitUntil']
  test.each<[string, unknown]>([
    ['no ctx', undefined],
    ['a ctx without waitUntil', {}],
    [
      'waitUntil throws',
      {
        waitUntil: () => {
          throw new TypeError('too late')
        },
      },
    ],
    ['waitUntil is detached', { waitUntil: (promise: Promise<unknown>) => detached(promise) }],
    ['waitUntil forgets', { waitUntil: () => {} }],
    ['a real waitUntil', new Context()],
  ])('%s', async (_name, ctx) => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    try {
      const store = slow(30)
      const klaxon = createKlaxon({ store, log: keptLog() })
      const wrapped = klaxon.wrap((_request: Request, _env: unknown, _ctx: unknown) => {
        throw new Error('x')
      }) as (...args: unknown[]) => Response
      for (let nth = 0; nth < 50; nth++)
        expect(wrapped(new Request('http://x/'), {}, ctx).headers.get('x-error-id')).not.toBeNull()
      expect(klaxon.stats()).toMatchObject({ captured: 50, inFlight: 50 })
      await klaxon.flush()
      expectAccounts(klaxon)
      expect(klaxon.stats()).toMatchObject({ stored: 50, inFlight: 0 })
      expect(await store.occurrences()).toHaveLength(50)
      await sleep(0)
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })
})

describe('flush()', () => {
  test('waits for the alert of what it stored', async () => {
    const sent = vi.fn()
    const notify = {
      name: 'slow',
      async send() {
        await sleep(30)
        sent()
        return { ok: true as const }
      },
    }
    const klaxon = createKlaxon({ store: memory(), notify, log: false })
    klaxon.report(new Error('x'), { ctx: new Context() })
    await klaxon.flush()
    expect(sent).toHaveBeenCalledTimes(1)
  })

  test('with nothing to do resolves at once, again and again', async () => {
    const klaxon = createKlaxon({ store: memory(), log: false })
    await klaxon.flush()
    await klaxon.flush()
    expect(klaxon.stats()).toMatchObject({ captured: 0, inFlight: 0 })
  })

  test('takes what is captured while it runs', async () => {
    const klaxon = createKlaxon({ store: slow(40), log: false })
    klaxon.report(new Error('first'))
    const flushed = klaxon.flush()
    await sleep(20)
    klaxon.report(new Error('second'))
    await flushed
    expect(klaxon.stats()).toMatchObject({ captured: 2, stored: 2 })
  })

  test('is not held up by a promise of a request that died', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const background = createBackground({
        now: Date.now,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onError: () => {},
      })
      background.run(() => new Promise(() => {}), undefined)
      expect(background.isIdle()).toBe(false)
      const resolved = vi.fn()
      void background.idle(Infinity).then(() => resolved())
      await vi.advanceTimersByTimeAsync(31_000)
      expect(resolved).toHaveBeenCalled()
      expect(background.isIdle()).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('maintain()', () => {
  test('tells what it did, and which part failed', async () => {
    const store = memory()
    const old = Date.now() - 40 * 86_400_000
    vi.useFakeTimers({ toFake: ['Date'], now: old })
    const klaxon = createKlaxon({ store, log: keptLog() })
    klaxon.report(new Error('old'))
    await klaxon.flush()
    vi.useRealTimers()
    expect(await klaxon.maintain()).toEqual({
      pruned: { occurrences: 1, issues: 0 },
      alerts: 0,
      replayed: 0,
      missed: 0,
      failed: [],
    })
    const log = keptLog()
    const broken = createKlaxon({
      store: {
        ...store,
        claimMaintain: async () => true,
        prune: () => Promise.reject(new Error('no')),
        write: () => Promise.reject(new Error('no')),
      },
      fallback: { name: 'f', put: async () => {}, replay: () => Promise.reject(new Error('no')) },
      notify: { name: 'n', send: async () => ({ ok: true }) },
      log,
    })
    expect((await broken.maintain())?.failed).toEqual(['replay', 'alerts', 'retention'])
    expect(log.warnings()).toHaveLength(3)
  })

  test('is null without a store', async () => {
    expect(await createKlaxon({ log: false }).maintain()).toBeNull()
  })
})
