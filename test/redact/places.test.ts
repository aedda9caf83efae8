import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import { fingerprint } from '../../src/capture/fingerprint.ts'
import { describe as describeThrown } from '../../src/capture/describe-error.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { keptLog } from '../support/rig/checker.ts'

const SECRET = 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2'

test('a secret in a route pattern is filtered as it is in the path', async () => {
  const store = memory()
  const klaxon = createKlaxon({ store, log: false })
  const app = new Hono()
  const handler = () => {
    throw new Error('x')
  }
  app.get(`/bots/${SECRET}/updates`, handler).get('/users/:token/keys/:id{[0-9]+}', handler)
  const { fetch } = klaxon.wrap(app)
  await fetch(new Request(`http://x/bots/${SECRET}/updates`))
  await fetch(new Request('http://x/users/a/keys/1'))
  await klaxon.flush()
  const rows = await store.occurrences()
  expect(rows.map(({ route }) => String(route)).toSorted()).toEqual([
    '/bots/[Filtered]',
    '/users/:token/keys/:id{[0-9]+}',
  ])
  expect(JSON.stringify([rows, await store.issues()])).not.toContain(SECRET)
})

test('a fingerprint is not made of the secret in a code', async () => {
  const store = memory()
  const klaxon = createKlaxon({ store, log: false, environment: 'test' })
  klaxon.report(Object.assign(new Error('x'), { code: SECRET }))
  klaxon.report(Object.assign(new Error('y'), { code: 'E_PLAIN' }))
  await klaxon.flush()
  const rows = await store.occurrences()
  const codes: Record<string, string> = { x: '[Filtered]', y: 'E_PLAIN' }
  for (const row of rows)
    expect(row.fingerprint).toBe(fingerprint(row, { code: codes[row.errorMessage!]! }))
  expect(rows).toHaveLength(2)
})

test("klaxon's log lines contain no secret from the error of a hook, a channel or a store", async () => {
  const log = keptLog()
  const failing = (name: string) => Object.assign(new Error(SECRET), { name })
  const klaxon = createKlaxon({
    log,
    store: {
      ...memory(),
      write: () => {
        const error = new Error(`cannot sign in, password=${SECRET}`)
        throw Object.assign(error, { name: 'StoreError', failure: 'refused' })
      },
    },
    notify: { name: 'own', send: async () => ({ ok: false, reason: `Bearer ${SECRET} refused` }) },
    user: () => {
      throw failing(`Error of ${SECRET}`)
    },
  })
  klaxon.report(new Error('x'), { request: new Request('http://x/') })
  await klaxon.flush()
  expect(log.warnings().map(({ message }) => message)).toEqual([
    'option `user` threw Error of [Filtered]',
    'cannot sign in, password=[Filtered]',
    'own: Bearer [Filtered] refused',
  ])
  expect(log.lines().find((line) => line.klaxon === 'record')).toMatchObject({
    reason: 'cannot sign in, password=[Filtered]',
  })
})

test('the log line about a throwing options function contains no secret of its error', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const klaxon = createKlaxon(() => {
    throw Object.assign(new Error('x'), { name: `No ${SECRET}` })
  })
  klaxon.wrap((_request: Request, _env: object) => new Response('x'))(new Request('http://x/'), {})
  expect(warn.mock.calls).toEqual([
    ['{"klaxon":"warning","topic":"options","message":"the options function threw No [Filtered]"}'],
  ])
  vi.restoreAllMocks()
})

test('describing a thrown list of a million members takes no longer than one of a hundred', () => {
  let reads = 0
  const list = new Proxy(
    Array.from({ length: 1_000_000 }, (_, i) => i),
    {
      get: (target, key, self) => {
        reads++
        return Reflect.get(target, key, self) as unknown
      },
      getOwnPropertyDescriptor: (target, key) => {
        reads++
        return Reflect.getOwnPropertyDescriptor(target, key)
      },
    },
  )
  const { name, message } = describeThrown(list)
  expect(name).toBe('Array')
  expect(message).toMatch(/^\[0,1,2,.*,99,"…\[cut]"]$/)
  expect(reads).toBeLessThan(300)
  expect(
    describeThrown({ deep: [list, list, list], text: 'x'.repeat(1e6) }).message.length,
  ).toBeLessThan(16_000)
})

test('describing a thrown value calls no function of it', () => {
  let called = 0
  const own = () => {
    called++
    return 'called'
  }
  const thrown = {
    a: 1,
    toJSON: own,
    get b() {
      return own()
    },
    password: 'hunter2',
    c: { toJSON: own },
  }
  expect(describeThrown(thrown).message).toBe(
    '{"a":1,"toJSON":"[Function]","b":"[Unreadable]","password":"[Filtered]","c":{"toJSON":"[Function]"}}',
  )
  expect(called).toBe(0)
  expect(describeThrown({ query: 'select ?', params: ['hunter2'] }).message).not.toContain(
    'hunter2',
  )
})

test.each([
  [{}, '[object Object]'],
  [[], '[]'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [() => 1, '[Function]'],
  [new Map([['a', 1]]), '{"a":1}'],
  [{ toString: () => 'own' }, '{"toString":"[Function]"}'],
])('%j thrown reads %s', (value, message) => {
  expect(describeThrown(value).message).toBe(message)
})
