import { describe, expect, test } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { readableBlock } from '../../src/config/_terminal.ts'
import { recording } from '../support/recording.ts'
import { aBatch, anEntry, anOccurrence } from '../support/store-fixtures.ts'

async function recordedFrom(...events: Parameters<ReturnType<typeof createKlaxon>['tail']>[0]) {
  const store = memory()
  const instance = createKlaxon({ store, log: false })
  instance.tail(events)
  await instance.flush()
  return { occurrences: await store.occurrences(), issues: await store.issues() }
}

const request = {
  url: 'https://shop.example/orders/7?token=canary-token',
  method: 'POST',
  headers: { 'user-agent': 'curl/8' },
  cf: { colo: 'ICN' },
}

describe('a Tail Worker', () => {
  test('records what ended a Worker from outside', async () => {
    const { occurrences } = await recordedFrom({
      outcome: 'exceededCpu',
      scriptName: 'shop',
      eventTimestamp: 1_795_000_000_000,
      event: { request },
    })
    expect(occurrences).toMatchObject([
      {
        kind: 'thrown',
        occurredAt: 1_795_000_000_000,
        errorName: 'exceededCpu',
        errorMessage: 'The Worker exceeded its CPU time',
        method: 'POST',
        path: '/orders/7',
        host: 'shop.example',
        colo: 'ICN',
        extra: { script: 'shop', outcome: 'exceededCpu' },
      },
    ])
    expect(JSON.stringify(occurrences)).not.toContain('canary')
  })

  test.each([
    new TypeError('stream 7 broke'),
    // Its `code` is 23. Traces have no code.
    new DOMException('stream 7 broke', 'TimeoutError'),
  ])('groups an exception as the throw that it was: %s', async (error) => {
    const store = memory()
    const instance = createKlaxon({ store, log: false })
    const thrower = (): Response => {
      throw error
    }
    instance.wrap(thrower as (request: Request) => Response)(new Request('http://x/'))
    instance.tail([
      {
        outcome: 'exception',
        exceptions: [{ name: error.name, message: 'stream 9 broke' }],
        event: { request },
      },
    ])
    await instance.flush()
    expect(await store.issues()).toMatchObject([{ count: 2 }])
  })

  describe('beside a wrapper that throws on', () => {
    const line = { method: 'SCHEDULED', path: '* * * * *', error: 'DbError: locked: by 7' }
    const cron = (logged: object | string) => ({
      outcome: 'exception',
      exceptions: [{ name: 'Error', message: 'locked: by 7' }],
      event: { cron: '* * * * *' },
      logs: [
        { message: ['the user’s own', 1] },
        {
          message: [
            typeof logged === 'string'
              ? logged
              : JSON.stringify({ klaxon: 'occurrence', ...logged }),
          ],
        },
      ],
    })

    test('leaves out what that has recorded', async () => {
      expect((await recordedFrom(cron(line))).occurrences).toEqual([])
    })

    test('leaves out what a block under wrangler dev says', async () => {
      const causes = [{ name: 'Error', message: 'the disk\nis full', stack: null }]
      const { method, path } = line
      const occurrence = anOccurrence({ method, path, causes })
      const error = Object.assign(new Error('locked: by 7'), { name: 'DbError' })
      const item = cron(readableBlock({ occurrence, count: 1, row: true }, (s) => s, error))
      const [own, logged] = item.logs
      const errorInfo = [null, { name: 'DbError', message: 'locked: by 7' }]
      const logs = [own!, { level: 'error', ...logged!, errorInfo }]
      expect((await recordedFrom({ ...item, logs })).occurrences).toEqual([])
      const another = { ...item, exceptions: [{ name: 'Error', message: 'another' }], logs }
      expect((await recordedFrom(another)).occurrences).toHaveLength(1)
    })

    test.each([
      ['method', { ...line, method: 'QUEUE' }],
      ['path', { ...line, path: '0 * * * *' }],
      ['error', { ...line, error: 'DbError: locked: by 7 others' }],
      ['error around it', { ...line, error: 'DbError: not saved: locked: by 7' }],
      ['no error', { ...line, error: undefined }],
      ['a line of another kind', { klaxon: 'record', ...line }],
      ['no JSON', 'DbError: locked: by 7'],
      ['a line that was cut', '{"klaxon":"occurrence","id":"01a1'],
    ])('records what it has not: another %s', async (_what, logged) => {
      expect((await recordedFrom(cron(logged))).occurrences).toHaveLength(1)
    })
  })

  test('leaves alone what went well', async () => {
    const { occurrences } = await recordedFrom({
      outcome: 'ok',
      event: { request, response: { status: 500 } },
    })
    expect(occurrences).toEqual([])
  })

  test.each([
    [{ cron: '* * * * *' }, 'SCHEDULED', '* * * * *'],
    [{ queue: 'orders' }, 'QUEUE', 'orders'],
    [{ rcptTo: 'a@shop.example' }, 'EMAIL', ''],
    [{ rpcMethod: 'price' }, 'RPC', 'price'],
    [{ scheduledTime: new Date(0) }, 'ALARM', ''],
    [{ getWebSocketEvent: { webSocketEventType: 'message' } }, 'WEBSOCKET', 'message'],
    [null, 'TAIL', ''],
  ])('tells the event %j', async (event, method, path) => {
    const { occurrences } = await recordedFrom({ outcome: 'exceededMemory', event })
    expect(occurrences).toMatchObject([{ method, path, host: null }])
  })

  test('survives a trace that is not what it says', async () => {
    const odd = { outcome: 'exceededCpu', event: { request: { url: 'no url', method: 'TRACE' } } }
    const { occurrences } = await recordedFrom(odd, { outcome: 'exceededCpu', event: { request } })
    expect(occurrences.map((each) => each.path).toSorted()).toEqual(['', '/orders/7'])
  })
})

describe('lines on the console of the watched Worker', () => {
  const info = (message: string, stack?: string) => ({
    name: 'TypeError',
    message,
    ...(stack && { stack }),
  })
  const BUNDLE = 'TypeError: Order 17 broke\n    at pay (worker.js:1:2345)'
  const SOURCE = 'TypeError: Order 17 broke\n    at pay (src/orders.ts:12:5)'
  const line = (id: string) =>
    JSON.stringify({
      klaxon: 'occurrence',
      id,
      method: 'GET',
      path: '/orders',
      error: 'TypeError: Order 17 broke',
      stack: BUNDLE,
    })

  test('console.error(error) is recorded, a text and an exception that is there already are not', async () => {
    const { klaxon, recorded } = recording()
    klaxon.tail([
      {
        outcome: 'ok',
        event: { request: { url: 'https://shop.example/orders', method: 'GET' } },
        exceptions: [info('thrown')],
        logs: [
          {
            level: 'error',
            message: ['paying failed', {}],
            errorInfo: [null, info('dealt with', SOURCE)],
          },
          { level: 'error', message: [{}], errorInfo: [info('thrown')] },
          { level: 'error', message: ['no error at all'] },
          { level: 'warn', message: [{}], errorInfo: [info('a warning')] },
          {
            level: 'error',
            message: ['{"klaxon":"warning"}', {}],
            errorInfo: [null, info('ours')],
          },
        ],
      },
    ])
    const rows = await recorded()
    expect(rows.map(({ errorMessage }) => errorMessage)).toEqual(['thrown', 'dealt with'])
    expect(rows[1]!.errorStack).toContain('src/orders.ts:12:5')
  })

  test("a stack that the platform has mapped reaches the row of the Worker's own klaxon", async () => {
    const store = memory()
    const klaxon = createKlaxon({ store, log: false })
    const write = (...ids: string[]) =>
      store.write(
        aBatch({ occurrences: ids.map((id) => anEntry({ id, errorStack: BUNDLE })), channels: [] }),
      )
    const stackOf = async (id: string) => (await store.occurrences({ id }))[0]?.errorStack
    await write('there')
    const waiting: Promise<unknown>[] = []
    const logs = ['there', 'late', 'unmapped'].map((id) => ({
      level: 'error',
      message: [line(id), {}],
      errorInfo: [null, info('Order 17 broke', id === 'unmapped' ? BUNDLE : SOURCE)],
    }))
    klaxon.tail([{ outcome: 'ok', logs }], {}, { waitUntil: (work) => waiting.push(work) })
    await Promise.all(waiting)
    expect(await stackOf('there')).toBe(SOURCE)
    await write('late', 'unmapped')
    await klaxon.maintain()
    expect(await stackOf('late')).toBe(SOURCE)
    expect(await stackOf('unmapped')).toBe(BUNDLE)
  })

  test('a row keeps its causes when its stack is mapped', async () => {
    const store = memory()
    const causes = [{ name: 'Error', message: 'no row', stack: null }]
    await store.write(
      aBatch({ occurrences: [anEntry({ id: 'a', errorStack: BUNDLE, causes })], channels: [] }),
    )
    const klaxon = createKlaxon({ store, log: false })
    const log = {
      level: 'error',
      message: [line('a'), {}],
      errorInfo: [null, info('Order 17 broke', SOURCE)],
    }
    const waiting: Promise<unknown>[] = []
    klaxon.tail([{ outcome: 'ok', logs: [log] }], {}, { waitUntil: (work) => waiting.push(work) })
    await Promise.all(waiting)
    expect(await store.occurrences({ id: 'a' })).toMatchObject([{ errorStack: SOURCE, causes }])
  })

  test.each<[string, (o: Occurrence) => Occurrence | null, string]>([
    ['keeps it', (o) => o, SOURCE],
    ['leaves it out', (o) => ({ ...o, errorStack: null }), BUNDLE],
    ['changes it', (o) => ({ ...o, errorStack: `own ${o.errorStack}` }), `own ${SOURCE}`],
    ['gives nothing', () => null, BUNDLE],
  ])('a redact function that %s has the last word on a mapped stack', async (_, redact, stack) => {
    const store = memory()
    await store.write(
      aBatch({ occurrences: [anEntry({ id: 'a', errorStack: BUNDLE })], channels: [] }),
    )
    const klaxon = createKlaxon({ store, log: false, redact })
    const errorInfo = [null, info('Order 17 broke', SOURCE)]
    const log = { level: 'error', message: [line('a'), {}], errorInfo }
    const waiting: Promise<unknown>[] = []
    klaxon.tail([{ outcome: 'ok', logs: [log] }], {}, { waitUntil: (work) => waiting.push(work) })
    await Promise.all(waiting)
    expect((await store.occurrences({ id: 'a' }))[0]!.errorStack).toBe(stack)
  })

  describe('frames that a message makes up', () => {
    const FORGED = 'no such order\n    at evil (src/admin.ts:1:1)'
    const REAL = '    at pay (src/orders.ts:12:5)'
    const stack = `TypeError: ${FORGED}\n${REAL}`
    const marked = `TypeError: no such order\n    | at evil (src/admin.ts:1:1)\n${REAL}`
    const request = { url: 'https://shop.example/orders', method: 'GET' }

    test('get a bar in an exception and in an error on the console', async () => {
      const error = info(FORGED, stack)
      for (const item of [
        { exceptions: [error] },
        { logs: [{ level: 'error', message: [{}], errorInfo: [error] }] },
      ]) {
        const { occurrences } = await recordedFrom({ outcome: 'ok', event: { request }, ...item })
        expect(occurrences).toMatchObject([{ errorStack: marked }])
      }
    })

    test('get a bar in a stack that the platform has mapped', async () => {
      const store = memory()
      const bundle = marked.replaceAll('src/orders.ts:12:5', 'worker.js:1:2345')
      await store.write(
        aBatch({ occurrences: [anEntry({ id: 'a', errorStack: bundle })], channels: [] }),
      )
      const text = JSON.stringify({ klaxon: 'occurrence', id: 'a', error: 'x', stack: bundle })
      const log = { level: 'error', message: [text, {}], errorInfo: [null, info(FORGED, stack)] }
      const waiting: Promise<unknown>[] = []
      createKlaxon({ store, log: false }).tail(
        [{ outcome: 'ok', logs: [log] }],
        {},
        { waitUntil: (work) => waiting.push(work) },
      )
      await Promise.all(waiting)
      expect(await store.occurrences({ id: 'a' })).toMatchObject([{ errorStack: marked }])
    })
  })
})
