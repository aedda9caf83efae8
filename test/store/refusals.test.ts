import { describe, expect, test, vi } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { answering, failureOf, withFetch } from '../support/store-faults.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

describe('a refusal', () => {
  test.for([
    [400, 'transient'],
    [401, 'auth'],
    [402, 'refused'],
    [403, 'auth'],
    [404, 'transient'],
    [408, 'transient'],
    [413, 'poison'],
    [429, 'transient'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [507, 'refused'],
  ] as const)('with status %d is %s', async ([status, failure]) => {
    for (const body of ['', 'null', '{"message":"no","code":"X"}', '<html>']) {
      const error = await failureOf(
        answering(
          () => new Response(body, { status, headers: { 'content-type': 'application/json' } }),
        ),
      )
      expect(error).toMatchObject({
        failure,
        message: expect.stringContaining(`[${status}]`) as string,
      })
    }
  })

  test('tells how long to wait, in seconds or as a date, for an hour at most', async () => {
    const after = async (value: string): Promise<number | undefined> =>
      (
        await failureOf(
          answering(() => new Response('', { status: 429, headers: { 'retry-after': value } })),
        )
      ).retryAfterMs
    expect(await after('7')).toBe(7_000)
    expect(await after('0')).toBe(0)
    expect(await after('99999999')).toBe(3_600_000)
    expect(await after('soon')).toBeUndefined()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12) })
    try {
      expect(await after(new Date(Date.now() + 10_000).toUTCString())).toBe(10_000)
      expect(await after(new Date(Date.now() - 10_000).toUTCString())).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test.for([
    ['SQLITE_BUSY', 'SQLite error: database is locked', 'transient'],
    ['SQLITE_LOCKED', 'SQLite error: database table is locked', 'transient'],
    ['SQLITE_IOERR', 'SQLite error: disk I/O error', 'transient'],
    ['STREAM_EXPIRED', 'The stream has expired', 'transient'],
    ['SQLITE_UNKNOWN', 'SQLite error: something new', 'transient'],
    ['SQLITE_CONSTRAINT', 'SQLite error: NOT NULL constraint failed: t.a', 'poison'],
    ['SQLITE_TOOBIG', 'SQLite error: string or blob too big', 'poison'],
    ['ARGS_INVALID', 'Arguments do not match SQL parameters', 'poison'],
    ['SQLITE_UNKNOWN', 'SQLite error: malformed JSON', 'poison'],
    ['SQLITE_FULL', 'SQLite error: database or disk is full', 'refused'],
    ['SQLITE_READONLY', 'SQLite error: attempt to write a readonly database', 'refused'],
    ['BLOCKED', 'SQL write operations are forbidden (reached plan limit)', 'refused'],
    ['SQLITE_UNKNOWN', 'SQLite error: no such table: klaxon_issues', 'schema'],
    ['SQLITE_UNKNOWN', 'SQLite error: no such column: alert_due', 'schema'],
    ['SQLITE_UNKNOWN', 'SQLite error: table klaxon_issues has no column named x', 'schema'],
  ] as const)('with code %s (%s) is %s', async ([code, message, failure]) => {
    const exact = withFetch(async (request) => {
      const { requests } = (await request.json()) as { requests: unknown[] }
      const results = requests.map(() => ({ type: 'error', error: { message, code } }))
      return Response.json({ baton: null, base_url: null, results })
    })
    expect((await failureOf(exact)).failure).toBe(failure)
  })

  test('by a database without the tables is one of the schema', async () => {
    const empty = libsql({ url: ':memory:', migrate: false })
    expect(await failureOf(empty)).toMatchObject({
      failure: 'schema',
      message: expect.stringContaining('migrate') as string,
    })
  })
})

describe('an error', () => {
  test('holds no SQL, no parameter, no URL and no token, whatever failed', async () => {
    const token = 'canary-token-123456'
    const entry = anEntry({ errorMessage: 'canary-message' })
    const stores = [
      libsql({ url: 'http://127.0.0.1:9/?authToken=canary-url-token', authToken: token }),
      libsql({ url: 'http://127.0.0.1:9/?nonsense=canary' }),
      answering(() => new Response(`canary-reply ${token}`, { status: 500 })),
      answering(() => new Response(`<html>canary-reply ${token}`, { status: 200 })),
      withFetch(async () => {
        throw new Error(`canary-thrown ${token} select * from klaxon_issues`)
      }),
      libsql({ url: ':memory:', migrate: false }),
    ]
    for (const store of stores) {
      const error = await failureOf(store, aBatch({ occurrences: [entry] }))
      const all = [
        error.message,
        error.stack,
        String(error.cause),
        JSON.stringify(error),
        ...Object.values(error).map(String),
      ].join('\n')
      expect(all).not.toMatch(/canary|klaxon_issues|insert into|127\.0\.0\.1/)
    }
  })

  test('is a StoreError from every method', async () => {
    const store = answering(() => new Response('', { status: 500 }))
    const calls = [
      store.write(aBatch()),
      store.settle([{ id: 'x', attempt: 'y', channel: 'slack', outcome: 'sent' }], 0),
      store.prune({ occurrencesMs: 1, occurrences: 1, issuesMs: 1 }, 0),
      store.setIssue('x', { state: 'open' }, { now: 0 }),
      store.issues(),
      store.occurrences(),
      migrate(store),
    ]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { name: 'StoreError', failure: 'transient' },
      })
    }
  })
})
