import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/model/store-error.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { consume, queue, type QueueMessage } from '../../src/fallback/queue.ts'
import { spool } from '../../src/fallback/spool.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { anEntry, entries } from '../support/store-fixtures.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../support/rig/checker.ts'
import { isolate, storm } from '../support/rig/storm.ts'

let dir: string
let file: string
beforeEach(async () => {
  unreadable = 0
  dir = await mkdtemp(join(tmpdir(), 'klaxon-fallback-'))
  file = join(dir, 'spool.ndjson')
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(dir, { recursive: true, force: true })
})

/** A memory store that can be unreachable. */
function away(): Store & { isAway: boolean } {
  const inner = memory()
  return {
    ...inner,
    isAway: true,
    async write(batch) {
      if (this.isAway) throw new StoreError('auth')
      return inner.write(batch)
    },
  }
}

let unreadable = 0
const count = (records: number) => void (unreadable += records)

const idsIn = async (store: Store): Promise<string[]> =>
  (await store.occurrences({ limit: 100_000 })).map(({ id }) => id)

describe('the spool file', () => {
  test('keeps what the store refused, and maintain() or the next success puts it back', async () => {
    // The date is fixed, because the window of 5 s must not pass while the disk is slow.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12) })
    const store = away()
    const one = isolate({ store, fallback: spool(file) })
    const ids = await storm(one, { requests: 2_000 })
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ fallback: 2_000, stored: 0 })
    store.isAway = false
    expect(await one.klaxon.maintain()).toMatchObject({ replayed: 2_000, failed: [] })
    // For 5 s after a refusal the fallback is still used first. The next success then replays it.
    ids.push(...(await storm(one, { requests: 5 })))
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ fallback: 2_005 })
    vi.setSystemTime(Date.now() + 6_000)
    ids.push(...(await storm(one, { requests: 5 })))
    await one.klaxon.flush()
    expect(account(ids, { store: await idsIn(store) })).toEqual(NOTHING_WRONG)
    expect(await readFile(file, 'utf8').catch(() => '')).toBe('')
    expectAccounts(one.klaxon)
  })

  test('left by an earlier process is put back by the next, a line that was cut apart', async () => {
    const before = entries(250)
    await spool(file).put(before)
    // Only the user of the process may read it, because it has addresses and users.
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text + JSON.stringify(anEntry()).slice(0, 80))
    const next = spool(file)
    const after = entries(3)
    await next.put(after)
    const seen: QueuedOccurrence[] = []
    expect(await next.replay!(async (batch) => void seen.push(...batch), count)).toBe(253)
    expect(idsOf(seen)).toEqual(idsOf([...before, ...after]))
    expect(unreadable).toBe(1)
    expect(await next.replay!(async () => {}, count)).toBe(0)
  })

  test('a replay that is cut short starts again and loses nothing', async () => {
    const all = entries(250)
    const one = spool(file)
    await one.put(all)
    const store = memory()
    let batches = 0
    const write = async (batch: readonly QueuedOccurrence[]): Promise<void> => {
      if (++batches === 2) throw new StoreError('transient')
      await store.write({ attempt: 'a', now: 0, occurrences: batch, channels: [], policy: SILENT })
    }
    await expect(one.replay!(write, count)).rejects.toThrow(StoreError)
    const late = entries(2)
    await one.put(late)
    expect(await one.replay!(write, count)).toBe(250)
    expect(await one.replay!(write, count)).toBe(2)
    expect(account(idsOf([...all, ...late]), { store: await idsIn(store) })).toEqual(NOTHING_WRONG)
    expect((await store.issues())[0]?.count).toBe(252)
  })

  test('records that come while it is replayed are kept, on a disk that takes its time', async () => {
    vi.resetModules()
    vi.doMock('node:fs/promises', async (original) => ({
      ...(await original<object>()),
      async appendFile(path: string, lines: string) {
        const handle = await open(path, 'a')
        await new Promise((resolve) => setTimeout(resolve, 30))
        await handle.write(lines)
        await handle.close()
      },
    }))
    const { spool: slowSpool } = await import('../../src/fallback/spool.ts')
    vi.doUnmock('node:fs/promises')
    const one = slowSpool(file)
    const all = entries(30)
    const seen: string[] = []
    const write = async (batch: readonly QueuedOccurrence[]): Promise<void> =>
      void seen.push(...idsOf(batch))
    await one.put(all.slice(0, 10))
    const late = one.put(all.slice(10, 20))
    await new Promise((resolve) => setTimeout(resolve, 10))
    await Promise.all([late, one.replay!(write, count), one.put(all.slice(20))])
    await one.replay!(write, count)
    expect(account(idsOf(all), { store: seen })).toEqual(NOTHING_WRONG)
  })

  test('is bounded: over it, records go on to the log', async () => {
    const one = isolate({ store: away(), fallback: spool(file, { maxBytes: 100_000 }) })
    const ids = await storm(one, { requests: 1_000 })
    await one.klaxon.flush()
    const kept = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as QueuedOccurrence)
    expect(Buffer.byteLength(await readFile(file))).toBeLessThanOrEqual(100_000)
    expect(account(ids, { fallback: idsOf(kept), log: idsOf(one.log.records()) })).toEqual(
      NOTHING_WRONG,
    )
    expectAccounts(one.klaxon)
  })

  test('is bounded together with what is being put back', async () => {
    await writeFile(`${file}.replaying`, 'x'.repeat(90_000))
    const full = spool(file, { maxBytes: 100_000 })
    const some = entries(60)
    await expect(full.put(some)).rejects.toThrow('full')
    await rm(`${file}.replaying`)
    await full.put(some)
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(60)
  })
})

const SILENT = { every: false, cooldownMs: 0, milestones: [], perMinute: 0 }

describe('a batch of which the store takes nothing', () => {
  /** Refuses every record, alone and in a batch, like a table with a column that nobody fills. */
  function refusing() {
    const writes: number[] = []
    const store: Store = {
      ...memory(),
      async write({ occurrences: batch }) {
        writes.push(batch.length)
        throw new StoreError('poison')
      },
    }
    return { store, writes }
  }

  test('is tried once more, whole, and goes to the fallback', async () => {
    const { store, writes } = refusing()
    const kept: QueuedOccurrence[] = []
    const put = async (batch: readonly QueuedOccurrence[]) => void kept.push(...batch)
    const one = isolate({ store, fallback: { name: 'kept', put } })
    const ids = await storm(one, { requests: 100 })
    await one.klaxon.flush()
    expect(writes).toEqual([100, 100])
    expect(account(ids, { fallback: idsOf(kept) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ captured: 100, fallback: 100, logged: 0 })
  })

  test('goes to the log when there is no fallback', async () => {
    const one = isolate({ store: refusing().store })
    const ids = await storm(one, { requests: 100 })
    await one.klaxon.flush()
    expect(account(ids, { log: idsOf(one.log.records()) })).toEqual(NOTHING_WRONG)
    expectAccounts(one.klaxon)
  })

  test('does not keep back what is behind it in the spool, after the store took something', async () => {
    const bad = entries(100, () => ({ path: '/poison' }))
    const good = entries(200)
    const inner = memory()
    const store: Store = {
      ...inner,
      async write(batch) {
        const isBad = batch.occurrences.some(({ occurrence }) => occurrence.path === '/poison')
        if (isBad) throw new StoreError('poison')
        return inner.write(batch)
      },
    }
    const kept = spool(file)
    // A batch has a hundred lines. The bad lines are in a separate batch.
    await kept.put([...bad, ...good])
    const one = isolate({ store, fallback: kept })
    const ids = await storm(one, { requests: 1 })
    await one.klaxon.flush()
    expect(account([...ids, ...idsOf(good)], { store: await idsIn(inner) })).toEqual(NOTHING_WRONG)
    expect(idsOf(one.log.records())).toEqual(idsOf(bad))
  })
})

describe('a second store', () => {
  test('takes what the first refuses, without alerts', async () => {
    const second = memory()
    const one = isolate({ store: away(), fallback: second })
    const ids = await storm(one, { requests: 500 })
    await one.klaxon.flush()
    expect(account(ids, { fallback: await idsIn(second) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ fallback: 500, inFlight: 0 })
  })
})

describe('a queue', () => {
  test('gets parcels that fit its limits, whatever the size of the records', async () => {
    const calls: { body: unknown }[][] = []
    const binding = {
      sendBatch: async (messages: Iterable<{ body: unknown }>) => void calls.push([...messages]),
    }
    const all = [...entries(300), ...entries(40, () => ({ errorStack: 'ü'.repeat(15_000) }))]
    await queue(binding).put(all)
    const sizes = calls.map((call) =>
      call.map(({ body }) => Buffer.byteLength(JSON.stringify(body))),
    )
    for (const call of sizes) {
      expect(call.length).toBeLessThanOrEqual(100)
      expect(call.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(256_000)
      for (const size of call) expect(size).toBeLessThanOrEqual(128_000)
    }
    const sent = calls
      .flat()
      .flatMap(({ body }) => (body as { entries: QueuedOccurrence[] }).entries)
    expect(idsOf(sent)).toEqual(idsOf(all))
  })

  test('has a message that the store refuses retried alone, later and later', async () => {
    const outcomes: string[] = []
    const message = (name: string, attempts: number): QueueMessage => ({
      body: { klaxon: 'records', entries: [anEntry({ path: `/${name}` })] },
      attempts,
      ack: () => void outcomes.push(`${name} ack`),
      retry: (options) => void outcomes.push(`${name} retry ${options?.delaySeconds}`),
    })
    const batch = { queue: 'q', messages: [message('a', 1), message('b', 1), message('c', 20)] }
    await consume(
      batch,
      async ([entry]) => {
        if (entry!.occurrence.path !== '/a') throw new StoreError('transient')
      },
      count,
    )
    expect(outcomes).toEqual(['a ack', 'b retry 20', 'c retry 3600'])
  })

  test('passes over what is no occurrence, and retries only a message that is nothing else', async () => {
    const outcomes: string[] = []
    const written: QueuedOccurrence[] = []
    const message = (name: string, contents: unknown[]): QueueMessage => ({
      body: { klaxon: 'records', entries: contents },
      ack: () => void outcomes.push(`${name} ack`),
      retry: () => void outcomes.push(`${name} retry`),
    })
    const good = anEntry()
    const foul = [
      { ...good, count: -5 },
      { ...good, count: 1e308 },
      { ...good, count: 1.5 },
      { ...good, row: 'yes' },
      { ...good, occurrence: { ...good.occurrence, occurredAt: 1e18 } },
      { ...good, occurrence: { ...good.occurrence, occurredAt: Infinity } },
      { ...good, occurrence: { ...good.occurrence, kind: 'invented' } },
      { ...good, occurrence: { ...good.occurrence, userId: { toString: 1 } } },
      { ...good, occurrence: { ...good.occurrence, path: 'x'.repeat(40_000) } },
      { ...good, occurrence: { ...good.occurrence, causes: 'none' } },
      { ...good, occurrence: { ...good.occurrence, title: null } },
      null,
      'text',
    ]
    await consume(
      {
        queue: 'q',
        messages: [message('mixed', [...foul, good]), message('foul', foul), message('none', [])],
      },
      async (batch) => void written.push(...batch),
      count,
    )
    expect(written).toEqual([good])
    expect(unreadable).toBe(2 * foul.length)
    expect(outcomes).toEqual(['mixed ack', 'foul retry', 'none ack'])
  })

  test('whose binding is misspelt is a KlaxonError that names the option', () => {
    const env = {} as { KLAXON_QUEU: never }
    expect(() => createKlaxon({ store: memory(), fallback: queue(env.KLAXON_QUEU) })).toThrow(
      'klaxon: option `fallback` must be queue(env.NAME)',
    )
  })

  test('whose binding is misspelt costs nothing else where options are a function of env', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const store = memory()
    const klaxon = createKlaxon(() => ({ store, log: false, fallback: queue(undefined as never) }))
    klaxon.report(new Error('first'))
    await klaxon.flush()
    expect(await store.issues()).toHaveLength(1)
    expect(warn.mock.calls.flat().join()).toContain('option `fallback` must be queue(env.NAME)')
    warn.mockRestore()
  })
})

describe('spool()', () => {
  test.each([
    ['', {}, '`fallback` must be spool(path)'],
    [undefined, {}, '`fallback` must be spool(path)'],
    ['spool.ndjson', { maxBytes: '64' }, '`maxBytes` of spool() must be a number of bytes'],
  ])('of %j and %j throws a KlaxonError that names the option', (path, options, words) => {
    expect(() => spool(path as string, options as never)).toThrow(words)
  })
})
