import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { field, received, startSlackEnd } from '../support/slack-server.ts'
import { startWorkers } from '../support/workerd.ts'
import { startDatabase } from '../support/rig/database.ts'

interface Triggers {
  scheduled(options: { cron: string }): Promise<{ outcome: string }>
}

/** A Worker that fails, and `examples/tail.ts` as its Tail Worker, on one database. */
async function start(lines: 'on' | 'off') {
  const [database, slack] = await Promise.all([startDatabase(), startSlackEnd()])
  const bindings = { LIBSQL_URL: database.url, SLACK_WEBHOOK_URL: `${slack.url}/hook` }
  const miniflare = await startWorkers(
    {
      entry: 'test/support/fixtures/failing.ts',
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
    /** Ignores the result, because some of these end the connection. */
    get,
    socket: (path: string) => new WebSocket(new URL(path, url).href.replace('http', 'ws')),
    async cron(cron: string) {
      const worker = (await miniflare.getWorker()) as unknown as Triggers
      return worker.scheduled({ cron })
    },
    /** The rows of a path, once there are as many as expected. */
    async rows(path: string, count: number): Promise<Occurrence[]> {
      await expect.poll(() => found(path), { timeout: 10_000 }).toHaveLength(count)
      return found(path)
    },
    /**
     * The rows of one kind of event, once there are any. A failed alarm runs again, so there may be
     * more.
     */
    async of(method: string): Promise<Occurrence[]> {
      const some = async () => (await all()).filter((each) => each.method === method)
      await expect.poll(some, { timeout: 10_000 }).not.toEqual([])
      return some()
    },
    /** The number of alerts that name a path. */
    alerts: async (path: string) =>
      (await received(slack.url)).filter((post) => field(post, 'Path') === path).length,
    async stop() {
      await miniflare.dispose()
      await Promise.all([database.stop(), slack.stop()])
    },
  }
}

/** Failures that only the Tail Worker sees. */
const UNSEEN = [
  ['/hangs', 'Error', /code had hung and would never generate a response/],
  ['/stream', 'TypeError', /^The stream broke$/],
  ['/behind', 'RangeError', /^The work behind broke$/],
  ['/aborts', 'Error', /^The context was aborted$/],
  ['/console', 'TypeError', /^The bank said no$/],
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
        extra: { outcome: path === '/behind' || path === '/console' ? 'ok' : 'exception' },
      })
      if (path === '/console') expect(row!.errorStack).toMatch(/\n {4}at .+:\d+:\d+/)
      await expect.poll(() => watched.alerts(path), { timeout: 10_000 }).toBe(1)
    },
  )

  // The work after the response fails in the same trace. Its row shows that the Tail Worker has
  // read the trace.
  const expected = [...(lines === 'on' ? [] : ['tail']), 'tail: behind', 'wrapper']
  const recordedBy = ({ extra, errorMessage }: Occurrence): string => {
    // Only a Tail Worker knows the outcome.
    if (extra === null) return 'wrapper'
    return errorMessage === 'The work behind broke' ? 'tail: behind' : 'tail'
  }

  // An error without a code, an error with a code, and a value that is no error. A trace has less
  // of them than the wrapper.
  test.each(['/throws', '/coded', '/string'])('%s, which both see', async (path) => {
    await watched.get(path)
    const rows = await watched.rows(path, expected.length)
    expect(rows.map(recordedBy).toSorted()).toEqual(expected)
    if (path !== '/throws') return
    const ofThrow = rows.filter((row) => recordedBy(row) !== 'tail: behind')
    expect(new Set(ofThrow.map((row) => row.fingerprint)).size).toBe(1)
  })

  test('a cron trigger, which both see', async () => {
    expect(await watched.cron('* * * * *')).toMatchObject({ outcome: 'exception' })
    const rows = await watched.rows('* * * * *', expected.length)
    expect(rows.map(recordedBy).toSorted()).toEqual(expected)
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
    expect(rows.map(recordedBy).toSorted()).toEqual(expected)
    expect(rows.find((row) => recordedBy(row) === 'wrapper')?.errorMessage).toBe('The method broke')
  })
})
