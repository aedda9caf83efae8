import { describe, expect, test } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory.ts'

async function recordedFrom(...events: Parameters<ReturnType<typeof createKlaxon>['tail']>[0]) {
  const store = memory()
  const instance = createKlaxon({ store, log: false })
  instance.tail(events)
  await instance.flush()
  return { occurrences: await store.occurrences(), issues: await store.issues() }
}

const request = {
  url: 'https://shop.example/orders/7?token=abc',
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
    expect(JSON.stringify(occurrences)).not.toContain('abc')
  })

  test.each([
    new TypeError('stream 7 broke'),
    // Its `code` is 23, which no trace holds.
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
    const cron = (told: object | string) => ({
      outcome: 'exception',
      exceptions: [{ name: 'Error', message: 'locked: by 7' }],
      event: { cron: '* * * * *' },
      logs: [
        { message: ['the user’s own', 1] },
        {
          message: [
            typeof told === 'string' ? told : JSON.stringify({ klaxon: 'occurrence', ...told }),
          ],
        },
      ],
    })

    test('leaves out what that has recorded', async () => {
      expect((await recordedFrom(cron(line))).occurrences).toEqual([])
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
    ])('records what it has not: another %s', async (_what, told) => {
      expect((await recordedFrom(cron(told))).occurrences).toHaveLength(1)
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
