import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { replay } from '../../src/cli/commands/replay.ts'
import { type Reason, recordsIn } from '../../src/cli/record-lines.ts'
import { createLogger } from '../../src/config/logger.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { hmac } from '../../src/util/hmac.ts'
import { account, keptLog, NOTHING_WRONG } from '../support/rig/checker.ts'
import { isolate, storm } from '../support/rig/storm.ts'
import { aMergedEntry, anEntry, entries } from '../support/store-fixtures.ts'

const KEY = 'a key of enough letters'
const TRUST = { keys: ['another key of enough letters', KEY] }

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klaxon-replay-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** A record line of the log, as klaxon writes it. */
function lineOf(queued: QueuedOccurrence, key: string | null = KEY): string {
  let line = ''
  const log = { error: (text: string) => void (line = text), warn: () => {} }
  createLogger(log, Date.now, (text) => text, key).lastResort(queued, 'x')
  return line
}

const found = (records: QueuedOccurrence[], ...passedOver: Reason[]) => ({ records, passedOver })

const idsIn = async (store: Store): Promise<string[]> =>
  (await store.occurrences({ limit: 100_000 })).map(({ id }) => id)

describe('the signature of a record', () => {
  test('is an HMAC as node:crypto makes it, for any length of key and text', () => {
    for (const size of [0, 1, 55, 56, 63, 64, 65, 200, 5_000])
      for (const text of ['', 'ä\u{1f600}'.repeat(size), 'x'.repeat(size)])
        expect(hmac('k\u00e9'.repeat(size), text)).toBe(
          createHmac('sha256', 'k\u00e9'.repeat(size)).update(text).digest('hex'),
        )
  })

  test('is made with the option, else with the token of the store, and shows neither', async () => {
    const token = 'a token of the database'
    const store: Store = {
      ...memory(),
      secrets: [token],
      write: () => Promise.reject(new StoreError('auth')),
    }
    for (const [logKey, key] of [
      [KEY, KEY],
      [undefined, token],
    ]) {
      const lines: string[] = []
      const log = { error: (text: string) => void lines.push(text), warn: () => {} }
      const { klaxon } = isolate({ store, log, logKey })
      klaxon.report(new Error(`${key} is shown`))
      await klaxon.flush()
      const [line] = lines.filter((text) => text.startsWith('{"klaxon":"record"'))
      expect(line).toMatch(/,"hmac":"[0-9a-f]{32}"\}$/)
      expect(recordsIn(line!, { keys: [key!] }).records).toHaveLength(1)
      expect(recordsIn(line!, { keys: ['some other secret'] })).toEqual(found([], 'otherKey'))
      expect(line).not.toContain(key)
    }
  })

  test('covers everything that is put back', () => {
    const queued = anEntry()
    const record = JSON.parse(lineOf(queued)) as Record<string, unknown>
    for (const change of [
      { count: 2 },
      { row: false },
      { alerted: true },
      { occurrence: { ...queued.occurrence, title: 'Forged' } },
      { occurrence: { ...queued.occurrence, occurredAt: 1 } },
      { hmac: '0'.repeat(32) },
    ])
      expect(recordsIn(JSON.stringify({ ...record, ...change }), TRUST)).toEqual(
        found([], 'otherKey'),
      )
  })
})

describe('a record is found', () => {
  const a = anEntry({ errorMessage: 'a "}{ b', path: '/a\u202e\u0000' })
  const b = aMergedEntry(7)
  const lineA = lineOf(a)
  const lineB = lineOf(b)
  const parsed = JSON.parse(lineB) as Record<string, unknown>
  const reversed = Object.fromEntries(Object.entries(parsed).toReversed())

  test.each([
    ['alone', lineB],
    ['behind a prefix and before a suffix', `2026-11-21T12:00:00Z ERROR ${lineB} (pid 7)`],
    [
      'as the message of a tail event',
      JSON.stringify({ outcome: 'ok', logs: [{ message: [lineB] }] }),
    ],
    ['as an element of a list that is printed over lines', `          ${JSON.stringify(lineB)},`],
    [
      'as a member of an object that is printed over lines',
      `  "message": ${JSON.stringify(lineB)},`,
    ],
    [
      'in the first member of a line of JSON',
      JSON.stringify({ log: `${lineB}\n`, stream: 'stderr' }),
    ],
    ['in a later member', JSON.stringify({ timestamp: 1, message: lineB })],
    ['as an object under jsonPayload', JSON.stringify({ insertId: 'x', jsonPayload: parsed })],
    ['with its members in another order', JSON.stringify({ jsonPayload: reversed })],
    [
      'as Logpush has it',
      JSON.stringify({ Outcome: 'ok', Logs: [{ Level: 'error', Message: [lineB] }] }),
    ],
    ['in JSON in JSON', JSON.stringify({ log: JSON.stringify({ message: lineB }) })],
    ['in JSON behind a prefix', `worker-7 | ${JSON.stringify({ message: lineB })}`],
  ])('%s', (_where, text) => {
    expect(recordsIn(text, TRUST)).toEqual(found([b]))
  })

  test('whatever its texts hold', () => {
    expect(recordsIn(lineA, TRUST)).toEqual(found([a]))
    expect(recordsIn(JSON.stringify([lineA, lineB]), TRUST)).toEqual(found([a, b]))
  })

  test('but for one that was cut', () => {
    expect(recordsIn(lineA.slice(0, -20), TRUST)).toEqual(found([], 'cut'))
    expect(recordsIn(JSON.stringify({ log: lineA.slice(0, -20) }), TRUST)).toEqual(found([], 'cut'))
  })

  test('in time that grows with the line', () => {
    const hostile = [
      '{"klaxon":"record"'.repeat(40_000),
      '{\\"klaxon\\":\\"record\\"'.repeat(40_000),
      JSON.stringify({ a: '{"klaxon":"record"'.repeat(40_000) }),
      `${'['.repeat(400_000)}"klaxon":"record"`,
      `"klaxon":"record"${'\\'.repeat(400_000)}`,
      `klaxon"${' '.repeat(400_000)}:"record"`.repeat(2),
    ]
    // Quadratic time would be minutes, so the time limit of the test is the assertion.
    for (const text of hostile) expect(recordsIn(text, TRUST).records).toEqual([])
  })
})

describe("a client's text", () => {
  const forged = lineOf(anEntry({ path: '/forged' }), null)

  test('is never taken for a record, wherever it stands', () => {
    for (const text of [
      forged,
      `prefix ${forged}`,
      JSON.stringify({ event: { request: { headers: { 'user-agent': forged } } }, logs: [] }),
      JSON.stringify({ event: { request: { headers: { message: forged } } }, logs: [] }),
      JSON.stringify({ event: { request: { url: `http://x/?["${forged}` } }, logs: [] }),
      `  "user-agent": ${JSON.stringify(forged)},`,
      `203.0.113.7 - - "GET / HTTP/1.1" 200 "${forged}"`,
    ]) {
      expect(recordsIn(text, TRUST).records).toEqual([])
      expect(recordsIn(text, TRUST).passedOver).toHaveLength(1)
    }
    const own = anEntry({ userAgent: forged, errorMessage: `["${forged}` })
    expect(recordsIn(lineOf(own), TRUST)).toEqual(found([own]))
  })

  test("is not taken from klaxon's own lines about occurrences", () => {
    const log = keptLog()
    const logger = createLogger(log, Date.now, (text) => text, KEY)
    const causes = [{ name: forged, message: '', stack: null }]
    logger.occurrence(anEntry({ causes: causes as never, errorMessage: forged, title: forged }))
    const [text] = log.lines().map((line) => JSON.stringify(line))
    for (const line of [text!, JSON.stringify({ message: text }), `worker | ${text}`])
      for (const unsigned of [false, true])
        expect(recordsIn(line, { ...TRUST, unsigned }).records).toEqual([])
  })

  test('with --unsigned is taken only where the line begins with it', () => {
    const unsigned = { keys: [], unsigned: true }
    const queued = anEntry()
    const line = lineOf(queued, null)
    expect(recordsIn(line, unsigned)).toEqual(found([queued]))
    for (const text of [` ${line}`, `x ${line}`, JSON.stringify([line]), JSON.stringify(line)])
      expect(recordsIn(text, unsigned)).toEqual(found([], 'unsigned'))
  })
})

describe('klaxon replay', () => {
  test('puts back what a storm left in the log, whole and once', async () => {
    const refusing: Store = { ...memory(), write: () => Promise.reject(new StoreError('auth')) }
    const one = isolate({ store: refusing, logKey: KEY })
    const ids = await storm(one, { requests: 1_000 })
    await one.klaxon.flush()
    const store = memory()
    const lines = async function* () {
      for (const record of one.log.records()) yield `worker-7 | ${JSON.stringify(record)}`
    }
    for (let nth = 0; nth < 2; nth++)
      expect(await replay(lines(), store, TRUST)).toEqual({
        stored: 1_000,
        refused: [],
        passedOver: {},
      })
    expect(account(ids, { store: await idsIn(store) })).toEqual(NOTHING_WRONG)
    const counts = (await store.issues()).map(({ count }) => count)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(1_000)
  })

  test('reads standard input and files, with a key from the environment', async () => {
    const url = `file:${join(dir, 'replayed.db')}`
    await migrate(libsql({ url }))
    const log = join(dir, 'log.txt')
    const all = entries(3)
    await writeFile(log, `starting\n${all.map((each) => lineOf(each)).join('\n')}\n`)
    const env = { LIBSQL_URL: url, KLAXON_LOG_KEY: KEY }
    expect(await run(['replay', log], env)).toMatchObject({
      code: 0,
      stdout: '3 records are in the database\n',
    })
    expect(await run(['replay'], env, lineOf(all[0]!))).toMatchObject({
      code: 0,
      stdout: '1 record is in the database\n',
    })
    expect(await idsIn(libsql({ url }))).toHaveLength(3)
  })

  test('says how many records it passed over and why, and fails when it took none', async () => {
    const url = `file:${join(dir, 'replayed.db')}`
    await migrate(libsql({ url }))
    const env = { LIBSQL_URL: url, KLAXON_LOG_KEY: KEY }
    const bare = lineOf(anEntry(), null)
    const others = `${bare}\n${bare}\n${lineOf(anEntry(), 'an older key of letters')}`
    const none = await run(['replay'], env, others)
    expect(none).toMatchObject({ code: 3, stdout: '0 records are in the database\n' })
    expect(none.stderr).toContain('passed over 2 that have no signature; --unsigned takes them')
    expect(none.stderr).toContain('passed over 1 that are signed with another key')
    expect(await run(['replay'], env, `${others}\n${lineOf(anEntry())}`)).toMatchObject({ code: 5 })
    expect(await run(['replay', '--unsigned'], env, bare)).toMatchObject({ code: 0, stderr: '' })
  })

  test.each([
    [['replay'], {}, 4, 'klaxon: no database is configured.'],
    [['reply'], {}, 2, 'klaxon: there is no command "reply". Did you mean `klaxon replay`?'],
    [
      ['replay', '--unsigned'],
      { LIBSQL_URL: 'http://127.0.0.1:1' },
      1,
      'klaxon: the database did not answer as it should; this can pass',
    ],
  ])('says what is wrong: %j %j', async (args, env, code, words) => {
    const ran = await run(args, env, lineOf(anEntry()))
    expect(ran).toMatchObject({ code, stdout: '' })
    expect(ran.stderr).toContain(words)
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
      // Another folder than the repository, which has a wrangler config and perhaps a running npm
      // start.
      { env: { ...rest, ...env }, cwd: tmpdir() },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin!.end(input)
  })
}
