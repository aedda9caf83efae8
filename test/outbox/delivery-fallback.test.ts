import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { StoreError } from '../../src/core/store-error.ts'
import type { Entry, Store } from '../../src/core/types.ts'
import { recordsIn } from '../../src/cli/records.ts'
import { replay } from '../../src/cli/replay.ts'
import { consume, queue, type QueueMessage } from '../../src/outbox/queue.ts'
import { spool } from '../../src/outbox/spool.ts'
import { libsql } from '../../src/store/libsql.ts'
import { memory } from '../../src/store/memory.ts'
import { migrate } from '../../src/store/migrate.ts'
import { aMergedEntry, anEntry, entries } from '../_store-fixtures.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../rig/checker.ts'
import { isolate, storm } from '../rig/storm.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klaxon-fallback-'))
  file = join(dir, 'spool.ndjson')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A memory store that can be away. */
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

const idsIn = async (store: Store): Promise<string[]> =>
  (await store.occurrences({ limit: 100_000 })).map(({ id }) => id)

describe('the spool file', () => {
  test('keeps what the store refused, and maintain() or the next success puts it back', async () => {
    const store = away()
    const one = isolate({ store, fallback: spool(file) })
    const ids = await storm(one, { requests: 2_000 })
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ fallback: 2_000, stored: 0 })
    store.isAway = false
    expect(await one.klaxon.maintain()).toMatchObject({ replayed: 2_000, failed: [] })
    // Within 5 s of a refusal the fallback still goes first; then a success has it put back in passing.
    ids.push(...(await storm(one, { requests: 5 })))
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ fallback: 2_005 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 })
    ids.push(...(await storm(one, { requests: 5 })))
    await one.klaxon.flush()
    vi.useRealTimers()
    expect(account(ids, { store: await idsIn(store) })).toEqual(NOTHING_WRONG)
    expect(await readFile(file, 'utf8').catch(() => '')).toBe('')
    expectAccounts(one.klaxon)
  })

  test('left by an earlier process is put back by the next, a line that was cut apart', async () => {
    const before = entries(250)
    await spool(file).put(before)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text + JSON.stringify(anEntry()).slice(0, 80))
    const next = spool(file)
    const after = entries(3)
    await next.put(after)
    const seen: Entry[] = []
    expect(await next.replay!(async (batch) => void seen.push(...batch))).toBe(253)
    expect(idsOf(seen)).toEqual(idsOf([...before, ...after]))
    expect(await next.replay!(async () => {})).toBe(0)
  })

  test('a replay that is cut short starts again and loses nothing', async () => {
    const all = entries(250)
    const one = spool(file)
    await one.put(all)
    const store = memory()
    let batches = 0
    const write = async (batch: readonly Entry[]): Promise<void> => {
      if (++batches === 2) throw new StoreError('transient')
      await store.write({ attempt: 'a', now: 0, entries: batch, channels: [], policy: SILENT })
    }
    await expect(one.replay!(write)).rejects.toThrow(StoreError)
    const late = entries(2)
    await one.put(late)
    expect(await one.replay!(write)).toBe(250)
    expect(await one.replay!(write)).toBe(2)
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
    const { spool: slowSpool } = await import('../../src/outbox/spool.ts')
    vi.doUnmock('node:fs/promises')
    const one = slowSpool(file)
    const all = entries(30)
    const seen: string[] = []
    const write = async (batch: readonly Entry[]): Promise<void> => void seen.push(...idsOf(batch))
    await one.put(all.slice(0, 10))
    const late = one.put(all.slice(10, 20))
    await new Promise((resolve) => setTimeout(resolve, 10))
    await Promise.all([late, one.replay!(write), one.put(all.slice(20))])
    await one.replay!(write)
    expect(account(idsOf(all), { store: seen })).toEqual(NOTHING_WRONG)
  })

  test('is bounded: over it, records go on to the log', async () => {
    const one = isolate({ store: away(), fallback: spool(file, { maxBytes: 100_000 }) })
    const ids = await storm(one, { requests: 1_000 })
    await one.klaxon.flush()
    const kept = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry)
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

describe('a store that only says that some record is at fault', () => {
  test('has it found by halving, and takes the rest', async () => {
    const inner = memory()
    const store: Store = {
      ...inner,
      async write(batch) {
        if (batch.entries.some(({ occurrence }) => occurrence.path === '/poison'))
          throw new StoreError('poison')
        return inner.write(batch)
      },
    }
    const one = isolate({ store })
    const ids = await storm(one, { requests: 99 })
    ids.push((await one.fetch(new Request('http://rig/poison'))).headers.get('x-error-id')!)
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ captured: 100, stored: 99, logged: 1 })
    expect(account(ids, { store: await idsIn(store), log: idsOf(one.log.records()) })).toEqual(
      NOTHING_WRONG,
    )
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
    const sent = calls.flat().flatMap(({ body }) => (body as { entries: Entry[] }).entries)
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
    await consume(batch, async ([entry]) => {
      if (entry!.occurrence.path !== '/a') throw new StoreError('transient')
    })
    expect(outcomes).toEqual(['a ack', 'b retry 20', 'c retry 3600'])
  })
})

describe('klaxon replay', () => {
  const line = (entry: Entry): string => JSON.stringify({ klaxon: 'record', reason: 'x', ...entry })

  test('finds a record behind a prefix, before a suffix and inside a JSON string', () => {
    const [a, b] = [anEntry({ errorMessage: 'a "}{ b' }), aMergedEntry(7)] as const
    expect(recordsIn(`2026-11-21T12:00:00Z ERROR ${line(a)} (pid 7)`)).toEqual({
      entries: [a],
      broken: 0,
    })
    for (const nested of [
      JSON.stringify({ outcome: 'ok', logs: [{ message: [line(b)], level: 'error' }] }),
      `          ${JSON.stringify(line(b))},`,
      JSON.stringify({ log: `${line(b)}\n`, stream: 'stderr' }),
    ]) {
      expect(recordsIn(nested)).toEqual({ entries: [b], broken: 0 })
    }
    expect(recordsIn(line(a).slice(0, -20))).toEqual({ entries: [], broken: 1 })
    expect(recordsIn('{"klaxon":"trouble","topic":"x"}')).toEqual({ entries: [], broken: 0 })
  })

  test('takes no record from what a client wrote', () => {
    const forged = line(anEntry({ path: '/forged' }))
    const own = anEntry({ userAgent: forged, errorMessage: `["${forged}` })
    expect(recordsIn(line(own))).toEqual({ entries: [own], broken: 0 })
    for (const text of [
      JSON.stringify({ event: { request: { headers: { 'user-agent': forged } } }, logs: [] }),
      JSON.stringify({ event: { request: { headers: { message: forged } } }, logs: [] }),
      JSON.stringify({ event: { request: { url: `http://x/?["${forged}` } }, logs: [] }),
      `  "user-agent": ${JSON.stringify(forged)},`,
      `203.0.113.7 - - "GET / HTTP/1.1" 200 "${forged}"`,
    ]) {
      expect(recordsIn(text)).toEqual({ entries: [], broken: 0 })
    }
  })

  test('puts back what a storm left in the log, whole and once', async () => {
    const one = isolate({ store: away() })
    const ids = await storm(one, { requests: 1_000 })
    await one.klaxon.flush()
    const store = memory()
    const lines = async function* () {
      for (const entry of one.log.records()) yield `worker-7 | ${line(entry)}`
    }
    expect(await replay(lines(), store)).toEqual({ stored: 1_000, refused: [], broken: 0 })
    expect(await replay(lines(), store)).toEqual({ stored: 1_000, refused: [], broken: 0 })
    expect(account(ids, { store: await idsIn(store) })).toEqual(NOTHING_WRONG)
    const counts = (await store.issues()).map(({ count }) => count)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(1_000)
  })

  test('is a command that reads standard input and files', async () => {
    const url = `file:${join(dir, 'replayed.db')}`
    await migrate(libsql({ url }))
    const log = join(dir, 'log.txt')
    const all = entries(3)
    await writeFile(log, `starting\n${all.map(line).join('\n')}\n`)
    expect(await run(['replay', log], { LIBSQL_URL: url })).toMatchObject({
      code: 0,
      stdout: '3 records are in the database\n',
    })
    expect(await run(['replay'], { LIBSQL_URL: url }, line(all[0]!))).toMatchObject({
      code: 0,
      stdout: '1 record is in the database\n',
    })
    expect(await idsIn(libsql({ url }))).toHaveLength(3)
  })

  test.each([
    [
      ['replay'],
      {},
      'klaxon: set LIBSQL_URL to the database, such as LIBSQL_URL=libsql://name-org.turso.io\n',
    ],
    [['reply'], {}, 'klaxon: there is no command "reply"; try klaxon replay --help\n'],
    [
      ['replay'],
      { LIBSQL_URL: 'http://127.0.0.1:1' },
      'klaxon: the database did not answer as it should; this can pass; what was written before stays written\n',
    ],
  ])('says what is wrong: %j %j', async (args, env, stderr) => {
    expect(await run(args, env, line(anEntry()))).toMatchObject({ code: 1, stderr, stdout: '' })
  })
})

function run(
  args: string[],
  env: Record<string, string>,
  input = '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const { LIBSQL_URL: _, LIBSQL_AUTH_TOKEN: __, ...rest } = process.env
    const child = execFile(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args],
      { env: { ...rest, ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin!.end(input)
  })
}
