import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { startWorkers } from '../support/workerd.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'

const CLASSES = { BARE: 'Bare', WRAPPED: 'Wrapped', RESTLESS: 'Restless' }
type Kind = keyof typeof CLASSES

let database: Database
let miniflare: Miniflare
let url: URL

beforeAll(async () => {
  database = await startDatabase()
  miniflare = await startWorkers({
    entry: 'test/support/fixtures/rooms.ts',
    bindings: { LIBSQL_URL: database.url },
    durableObjects: Object.fromEntries(
      Object.entries(CLASSES).map(([kind, className]) => [kind, { className, useSQLite: true }]),
    ),
  })
  url = await miniflare.ready
})
afterAll(async () => {
  await miniflare?.dispose()
  await database.stop()
})

/** A socket to a room. `ask` sends a word and returns the next message. */
async function join(kind: Kind, name: string) {
  const socket = new WebSocket(new URL(`/${kind}/${name}`, url).href.replace('http', 'ws'))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return {
    ask(word: string): Promise<string> {
      const answer = new Promise<string>((resolve) => {
        socket.addEventListener('message', ({ data }) => resolve(data as string), { once: true })
      })
      socket.send(word)
      return answer
    },
    close: () => socket.close(),
  }
}

/** A request for which the room's `fetch` throws. */
const fail = (kind: Kind, name: string) => fetch(new URL(`/${kind}/${name}`, url))

test('a wrapped object accepts sockets, answers, rings its alarm and is called by RPC as the bare one', async () => {
  for (const kind of ['BARE', 'WRAPPED'] as const) {
    const socket = await join(kind, 'lobby')
    expect(await socket.ask('hello')).toBe('made 1, heard 1')
    expect(await socket.ask('ping')).toBe('pong')
    expect(await socket.ask('alarm')).toBe('alarm made 1, heard 2')
    const state = await fetch(new URL(`/${kind}/lobby/state`, url))
    expect(await state.text()).toBe('made 1, heard 2')
    socket.close()
  }
  expect(await database.ids()).toEqual([])
})

test('a wrapped object that is evicted keeps its sockets and wakes up as the bare one', async () => {
  for (const kind of ['BARE', 'WRAPPED'] as const) {
    const socket = await join(kind, 'evicted')
    expect(await socket.ask('hello')).toBe('made 1, heard 1')
    expect((await fail(kind, 'evicted')).status).toBe(500)
    await miniflare.unsafeEvictDurableObject('worker-0', CLASSES[kind], { name: 'evicted' })
    expect(await socket.ask('hello')).toBe('made 2, heard 1')
    socket.close()
  }
})

// workerd hibernates an object after 10 s without work, as the platform does. Only a new call of
// its constructor shows it.
test('a wrapped object that has failed falls asleep as the bare one, and one with a timer does not', async () => {
  const kinds = ['BARE', 'WRAPPED', 'RESTLESS'] as const
  const sockets = await Promise.all(kinds.map((kind) => join(kind, 'idle')))
  const ask = (word: string) => Promise.all(sockets.map((socket) => socket.ask(word)))
  expect(await ask('hello')).toEqual(kinds.map(() => 'made 1, heard 1'))
  const failures = await Promise.all(kinds.map((kind) => fail(kind, 'idle')))
  const id = failures[1]!.headers.get('x-error-id')!
  const row = () => libsql({ url: database.url }).occurrences({ id })
  await expect.poll(row, { timeout: 10_000 }).toMatchObject([{ errorMessage: 'Not a socket' }])
  await new Promise((resolve) => setTimeout(resolve, 14_000))
  // The runtime answers without waking the object.
  expect(await ask('ping')).toEqual(kinds.map(() => 'pong'))
  expect(await ask('hello')).toEqual(['made 2, heard 1', 'made 2, heard 1', 'made 1, heard 2'])
  for (const socket of sockets) socket.close()
}, 60_000)
