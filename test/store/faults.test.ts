import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isStoreError } from '../../src/model/store-error.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { answering, failureOf, withFetch } from '../support/store-faults.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'
import { migratedSqld } from '../support/store-server.ts'

const server = migratedSqld()

describe('a reply that is lost', () => {
  test('doubles no row and no count: 10,000 records from 20 writers, 30% of the replies lost', async () => {
    let seed = 7
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    let lost = 0
    const lossy = withFetch(async (request, init) => {
      const response = await fetch(request, init)
      if (random() < 0.3) {
        lost++
        await response.body?.cancel()
        throw new TypeError('terminated')
      }
      return response
    }, server.url)
    const alerts: string[] = []
    const batches = Array.from({ length: 100 }, (_, nth) =>
      entries(100, (of) => ({ fingerprint: `v1:${(nth + of) % 30}` })),
    )
    const queue = batches.values()
    const writer = async (): Promise<void> => {
      for (const batch of queue) {
        for (let done = false; !done;) {
          try {
            const { claims } = await lossy.write(aBatch({ occurrences: batch }))
            alerts.push(...claims.flatMap(({ issue }) => issue?.fingerprint ?? []))
            done = true
          } catch (error) {
            if (!isStoreError(error) || error.failure !== 'transient') throw error
          }
        }
      }
    }
    await Promise.all(Array.from({ length: 20 }, writer))
    expect(lost).toBeGreaterThan(20)
    const store = libsql({ url: server.url })
    const issues = await store.issues()
    expect(issues.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
    expect(await store.occurrences({ limit: 20_000 })).toHaveLength(10_000)
    expect(new Set(alerts).size).toBe(alerts.length)
  })
})

describe('a reply that is none', () => {
  let whole: string
  beforeAll(async () => {
    const capturing = withFetch(async (request, init) => {
      const response = await fetch(request, init)
      whole = await response.clone().text()
      return response
    }, server.url)
    await capturing.write(aBatch({ occurrences: [anEntry()] }))
  })

  const reply = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Response =>
    new Response(body, { headers: { 'content-type': type } })

  test.for([
    ['HTML', '<!doctype html><title>Welcome</title>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['a number', '42'],
    ['no results', '{"baton":null,"base_url":null,"results":[]}'],
    ['results of nothing', '{"baton":null,"base_url":null,"results":[null,null]}'],
  ] as const)('%s with status 200 is a failure that can pass', async ([, body]) => {
    expect(await failureOf(answering(() => reply(body)))).toMatchObject({ failure: 'transient' })
  })

  test('1,000 garbled replies are 1,000 failures, and none is thrown as anything else', async () => {
    const cut = fc.nat().map((at) => whole.slice(0, at % whole.length))
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => new Uint8Array(array))
    const json = fc.json()
    const odd = fc.constantFrom<unknown>(
      null,
      '',
      0,
      [],
      {},
      'x',
      { type: 'error' },
      { type: 'error', error: null },
    )
    /** The real reply with one part replaced by an odd value. */
    const bent = fc.tuple(fc.nat(), odd).map(([nth, value]) => {
      let seen = 0
      const parts = [
        ...whole.matchAll(/"(?:type|response|result|step_results|step_errors|results|baton)":/g),
      ].length
      return JSON.stringify(
        JSON.parse(whole, function (this: unknown, key: string, member: unknown) {
          const structural = /^(?:type|response|result|step_results|step_errors|results)$/.test(key)
          return structural && seen++ === nth % parts ? value : member
        }),
      )
    })
    const outcomes = { failed: 0, taken: 0 }
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, bytes, json, bent), async (body) => {
        // A reply whose necessary parts are intact is accepted.
        await answering(() => reply(body))
          .write(aBatch({ occurrences: [anEntry()] }))
          .then(
            ({ claims }) => {
              expect(Array.isArray(claims)).toBe(true)
              outcomes.taken++
            },
            (error: unknown) => {
              expect(isStoreError(error)).toBe(true)
              outcomes.failed++
            },
          )
      }),
      { numRuns: 1_000, seed: 20_261_121 },
    )
    expect(outcomes.failed).toBeGreaterThan(900)
  })

  test('a body that ends early is a failure that can pass', async () => {
    const broken = answering(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(whole.slice(0, 100)))
              controller.error(new TypeError('terminated'))
            },
          }),
          { headers: { 'content-type': 'application/json' } },
        ),
    )
    expect(await failureOf(broken)).toMatchObject({ failure: 'transient' })
  })
})

describe('a server that never answers', () => {
  let silent: Server
  let half: boolean
  beforeAll(async () => {
    silent = createServer((_request, response) => {
      if (half) response.writeHead(200, { 'content-type': 'application/json' }).write('{"baton":')
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    silent.closeAllConnections()
    silent.close()
  })

  test.for([
    ['at all', false],
    ['to the end', true],
  ] as const)('%s is given up after the timeout', async ([, sendsHalf]) => {
    half = sendsHalf
    const { port } = silent.address() as AddressInfo
    const start = performance.now()
    const error = await failureOf(libsql({ url: `http://127.0.0.1:${port}`, timeoutMs: 200 }))
    expect(error.failure).toBe('transient')
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  test('is given 4 s by default', async () => {
    half = false
    const { port } = silent.address() as AddressInfo
    const start = performance.now()
    await failureOf(libsql({ url: `http://127.0.0.1:${port}` }))
    expect(performance.now() - start).toBeGreaterThan(3_900)
    expect(performance.now() - start).toBeLessThan(4_100)
  })

  test('a connection that is refused can pass', async () => {
    expect(await failureOf(libsql({ url: 'http://127.0.0.1:9' }))).toMatchObject({
      failure: 'transient',
    })
  })
})

describe('round trips', () => {
  test('one per call, whatever the size; none for nothing to do', async () => {
    let posts = 0
    const store = withFetch((request, init) => {
      posts++
      return fetch(request, init)
    }, server.url)
    const count = async (work: () => Promise<unknown>): Promise<number> => {
      const before = posts
      await work()
      return posts - before
    }
    expect(await count(() => store.write(aBatch({ occurrences: entries(100) })))).toBe(1)
    expect(await count(() => store.write(aBatch()))).toBe(1)
    expect(await count(() => store.write(aBatch({ channels: [] })))).toBe(0)
    expect(
      await count(() =>
        store.settle(
          [{ id: 'x', attempt: 'y', channel: 'slack', outcome: 'failed', pauseMs: 1 }],
          0,
        ),
      ),
    ).toBe(1)
    expect(await count(() => store.settle([], 0))).toBe(0)
    // Threads and history are deleted in separate statements, once a day.
    expect(
      await count(() => store.prune({ occurrencesMs: 1, occurrences: 1, issuesMs: 1 }, 0)),
    ).toBe(3)
    expect(
      await count(() => store.prune({ occurrencesMs: 1, occurrences: 1, issuesMs: 1 }, 0)),
    ).toBe(2)
    expect(await count(() => store.setIssue('x', { state: 'ignored' }, { now: 0 }))).toBe(1)
  })
  test('a write waits its turn for the lock before it reads', async () => {
    const bodies: string[] = []
    const store = withFetch(async (request, init) => {
      bodies.push(await request.clone().text())
      return fetch(request, init)
    }, server.url)
    await store.write(aBatch({ occurrences: [anEntry()] }))
    await store.settle([{ id: 'x', attempt: 'y', channel: 'slack', outcome: 'sent' }], 0)
    expect(bodies.map((body) => body.match(/BEGIN \w+/)?.[0])).toEqual([
      'BEGIN IMMEDIATE',
      'BEGIN IMMEDIATE',
    ])
  })
})
