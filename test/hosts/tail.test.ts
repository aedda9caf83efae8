import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/core/types.ts'
import { libsql } from '../../src/store/libsql.ts'
import { field, received, startSlackEnd } from '../_slack-end.ts'
import { startWorkers } from '../_workerd.ts'
import { startDatabase } from '../rig/database.ts'

interface Triggers {
  scheduled(options: { cron: string }): Promise<{ outcome: string }>
}

/** A Worker that fails, and `examples/tail.ts` as its Tail Worker, on one database. */
async function start(lines: 'on' | 'off') {
  const [database, slack] = await Promise.all([startDatabase(), startSlackEnd()])
  const bindings = { LIBSQL_URL: database.url, SLACK_WEBHOOK_URL: `${slack.url}/hook` }
  const miniflare = await startWorkers(
    {
      entry: 'test/fixtures/failing.ts',
      bindings: { ...bindings, LINES: lines },
      tails: ['watcher'],
      durableObjects: { ROOM: 'Room' },
    },
    { entry: 'examples/tail.ts', name: 'watcher', bindings },
  )
  const url = await miniflare.ready
  const all = () => libsql({ url: database.url }).occurrences()
  const found = async (path: string) => (await all()).filter((each) => each.path === path)
  const get = async (path: string): Promise<void> => {
    const response = await fetch(new URL(path, url)).catch(() => null)
    await response?.text().catch(() => null)
  }
  return {
    /** Whatever comes of it: some of these end the connection. */
    get,
    socket: (path: string) => new WebSocket(new URL(path, url).href.replace('http', 'ws')),
    async cron(cron: string) {
      const worker = (await miniflare.getWorker()) as unknown as Triggers
      return worker.scheduled({ cron })
    },
    /** The rows of a path, when there are as many as expected. */
    async rows(path: string, count: number): Promise<Occurrence[]> {
      await expect.poll(() => found(path), { timeout: 10_000 }).toHaveLength(count)
      return found(path)
    },
    /** The rows of one kind of event, when there are some: an alarm that fails rings again. */
    async of(method: string): Promise<Occurrence[]> {
      const some = async () => (await all()).filter((each) => each.method === method)
      await expect.poll(some, { timeout: 10_000 }).not.toEqual([])
      return some()
    },
    /** How many alerts name a path. */
    alerts: async (path: string) =>
      (await received(slack.url)).filter((post) => field(post, 'Path') === path).length,
    async stop() {
      await miniflare.dispose()
      await Promise.all([database.stop(), slack.stop()])
    },
  }
}

/** What reaches the Tail Worker but no wrapper. */
const UNSEEN = [
  ['/hangs', 'Error', /code had hung and would never generate a response/],
  ['/stream', 'TypeError', /^The stream broke$/],
  ['/behind', 'RangeError', /^The work behind broke$/],
  ['/aborts', 'Error', /^The context was aborted$/],
] as const

describe.each(['on', 'off'] as const)("a Tail Worker, its producer's log %s", (lines) => {
  let watched: Awaited<ReturnType<typeof start>>

  beforeAll(async () => {
    watched = await start(lines)
  })
  afterAll(() => watched?.stop())

  test.each(UNSEEN)(
    'records %s, which no wrapper sees, and alerts',
    async (path, name, message) => {
      await watched.get(path)
      const [row, ...others] = await watched.rows(path, 1)
      expect(others).toEqual([])
      expect(row).toMatchObject({
        kind: 'thrown',
        method: 'GET',
        errorName: name,
        errorMessage: expect.stringMatching(message),
        runtime: 'workerd',
        extra: { outcome: path === '/behind' ? 'ok' : 'exception' },
      })
      await expect.poll(() => watched.alerts(path), { timeout: 10_000 }).toBe(1)
    },
  )

  // The work behind breaks in the same trace: its row tells that the Tail Worker has seen the rest of it.
  const expected = [...(lines === 'on' ? [] : ['tail']), 'tail: behind', 'wrapper']
  const told = ({ extra, errorMessage }: Occurrence): string => {
    // Only a Tail Worker knows an outcome.
    if (extra === null) return 'wrapper'
    return errorMessage === 'The work behind broke' ? 'tail: behind' : 'tail'
  }

  // An error without a code, one with, and what is no error: a trace tells less of them than the wrapper knows.
  test.each(['/throws', '/coded', '/string'])('%s, which both see', async (path) => {
    await watched.get(path)
    const rows = await watched.rows(path, expected.length)
    expect(rows.map(told).toSorted()).toEqual(expected)
    if (path !== '/throws') return
    const ofThrow = rows.filter((row) => told(row) !== 'tail: behind')
    expect(new Set(ofThrow.map((row) => row.fingerprint)).size).toBe(1)
  })

  test('a cron trigger, which both see', async () => {
    expect(await watched.cron('* * * * *')).toMatchObject({ outcome: 'exception' })
    const rows = await watched.rows('* * * * *', expected.length)
    expect(rows.map(told).toSorted()).toEqual(expected)
    expect(new Set(rows.map((row) => row.method))).toEqual(new Set(['SCHEDULED']))
  })

  test('records what the alarm and the web socket handler of a Durable Object throw', async () => {
    await watched.get('/room/alarm')
    const [alarm] = await watched.of('ALARM')
    expect(alarm).toMatchObject({
      errorMessage: 'The alarm broke',
      extra: { entrypoint: 'Room', outcome: 'exception' },
    })
    const socket = watched.socket('/room/socket')
    socket.addEventListener('open', () => socket.send('hello'))
    const [message] = await watched.of('WEBSOCKET')
    expect(message).toMatchObject({ path: 'message', errorMessage: 'The message broke' })
    socket.close()
  })

  test("what a Durable Object's RPC method throws is recorded by the caller's wrapper", async () => {
    await watched.get('/room/rpc')
    const rows = await watched.rows('/room/rpc', expected.length)
    expect(rows.map(told).toSorted()).toEqual(expected)
    expect(rows.find((row) => told(row) === 'wrapper')?.errorMessage).toBe('The method broke')
  })
})
