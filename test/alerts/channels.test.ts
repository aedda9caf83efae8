import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Alert, IssueAlert } from '../../src/model/alert.ts'
import type { Notifier, SendResult } from '../../src/model/channel.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import { createAlerts } from '../../src/alerts/dispatch.ts'
import { newIssue } from '../../src/alerts/policy.ts'
import { anOccurrence } from '../support/store-fixtures.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { keptLog } from '../support/rig/checker.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'
import { SECOND_MS } from '../support/store-fixtures.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12) })
})
afterEach(() => {
  vi.useRealTimers()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
const title = (alert: Alert): string => (alert.kind === 'issue' ? alert.issue.title : 'digest')

/** A channel that answers by the title of an alert, and keeps its alerts. */
function channel(
  answer: (title: string) => SendResult | Promise<SendResult> = () => ({ ok: true }),
) {
  const tried: string[] = []
  const sent: Alert[] = []
  const notifier: Notifier = {
    name: 'chat',
    async send(alert) {
      tried.push(title(alert))
      const result = await answer(title(alert))
      if (result.ok) sent.push(alert)
      return result
    },
  }
  return { notifier, tried, sent }
}

function setUp(options: KlaxonOptions) {
  const log = keptLog()
  const klaxon = createKlaxon({ log, environment: 'test', ...options })
  const boom = async (name: string): Promise<void> => {
    klaxon.report(new Error(name))
    await klaxon.flush()
  }
  return { klaxon, log, boom }
}

const WORDS = 'apple brick cloud delta eagle flame grape house igloo jelly'.split(' ')
const refusing = (name: string) => (text: string) =>
  text.includes(name) ? { ok: false as const, reason: 'answered 500' } : { ok: true as const }

describe('a message that its channel refuses', () => {
  test.for([
    ['with a store', () => ({ store: memory() })],
    ['without one', () => ({})],
  ] as const)('keeps back no other, %s', async ([, options]) => {
    const { notifier, sent } = channel(refusing('POISON'))
    const { boom } = setUp({ ...options(), notify: notifier })
    await boom('POISON')
    for (const word of WORDS) {
      later(MINUTE_MS)
      await boom(`problem ${word}`)
    }
    expect(sent.map(title)).toEqual(WORDS.map((word) => `Error: problem ${word}`))
  })

  test('is given up after five tries over more than an hour, and the log says so', async () => {
    const { notifier, tried } = channel(refusing('POISON'))
    const { klaxon, log, boom } = setUp({ store: memory(), notify: notifier })
    await boom('POISON')
    for (const wait of [
      5 * SECOND_MS,
      5 * SECOND_MS,
      MINUTE_MS,
      10 * MINUTE_MS,
      HOUR_MS,
      HOUR_MS,
    ]) {
      later(wait)
      await klaxon.maintain()
    }
    expect(tried).toHaveLength(5)
    expect(log.warnings().map(({ message }) => message)).toContain(
      'chat: gave up on an alert (Error: POISON): answered 500',
    )
  })

  test('that was sent and not answered is sent once more, and never a third time', async () => {
    const { notifier, tried } = channel(() => ({ ok: false, reason: 'late', unanswered: true }))
    const { klaxon, boom } = setUp({ store: memory(), notify: notifier })
    await boom('slow')
    for (let nth = 0; nth < 20; nth++) {
      later(5 * MINUTE_MS)
      await klaxon.maintain()
    }
    expect(tried).toHaveLength(2)
  })
})

describe('a channel', () => {
  test.for([Infinity, '30', NaN, -5, 1e300])(
    'that asks for %s ms is left alone for an hour at most',
    async (retryAfterMs) => {
      let isUp = false
      const { notifier, sent } = channel(() =>
        isUp ? { ok: true } : { ok: false, reason: 'busy', retryAfterMs: retryAfterMs as number },
      )
      const { klaxon, boom } = setUp({ store: memory(), notify: notifier })
      await boom('first')
      isUp = true
      later(HOUR_MS)
      await klaxon.maintain()
      expect(sent).toHaveLength(1)
    },
  )

  test('that the network does not reach gets everything when it is back, however long that takes', async () => {
    let isUp = false
    const { notifier, sent } = channel(() =>
      isUp ? { ok: true } : { ok: false, reason: 'network error', unreachable: true },
    )
    const { klaxon, boom } = setUp({ store: memory(), notify: notifier })
    await boom('apple')
    await boom('brick')
    for (let nth = 0; nth < 40; nth++) {
      later(10 * MINUTE_MS)
      await klaxon.maintain()
    }
    isUp = true
    later(10 * MINUTE_MS)
    await klaxon.maintain()
    expect(sent.map(title).toSorted()).toEqual(['Error: apple', 'Error: brick'])
  })

  test('of the same name and another address has no part in a refusal for good', async () => {
    const store = memory()
    const gone = channel(() => ({ ok: false, reason: 'answered 404', permanent: true }))
    const staging = setUp({
      store,
      notify: { ...gone.notifier, address: 'https://a.test/' },
      environment: 'staging',
    })
    const well = channel()
    const production = setUp({ store, notify: { ...well.notifier, address: 'https://b.test/' } })
    await staging.boom('apple')
    await production.boom('brick')
    expect(well.sent.map(title)).toEqual(['Error: brick'])
  })

  test('that closes what it opened is told when the issue is resolved', async () => {
    const store = memory()
    const { notifier, sent } = channel()
    const resolved: IssueAlert[] = []
    const pager: Notifier = {
      ...notifier,
      async resolve(alert) {
        resolved.push(alert)
        return { ok: true }
      },
    }
    const { klaxon, boom } = setUp({ store, notify: pager })
    await boom('apple')
    const [issue] = await store.issues()
    await store.setIssue(issue!.fingerprint, { state: 'resolved' }, { now: Date.now() })
    await klaxon.maintain()
    await klaxon.maintain()
    expect(sent).toHaveLength(1)
    expect(resolved).toMatchObject([{ reason: 'resolved', issue: { state: 'resolved' } }])
  })
})

test('what is due is told by a flush, which looks once a minute, though its issue is silent', async () => {
  const store = memory()
  const { notifier, sent } = channel()
  const quiet = setUp({ store })
  await quiet.boom('apple')
  const { boom } = setUp({ store, notify: notifier })
  await boom('brick')
  expect(sent.map(title).toSorted()).toEqual(['Error: apple', 'Error: brick'])
  await quiet.boom('cloud')
  later(59 * SECOND_MS)
  await boom('brick')
  expect(sent).toHaveLength(2)
  later(SECOND_MS)
  await boom('brick')
  expect(sent.map(title)).toContain('Error: cloud')
})

test('two klaxons of one service with other options on one database warn, once each', async () => {
  const store = memory()
  const one = setUp({ store, notify: channel().notifier })
  const other = setUp({ store, notify: channel().notifier, alerts: 'every' })
  for (let nth = 0; nth < 3; nth++) {
    await one.boom('apple')
    await other.boom('apple')
    later(2 * MINUTE_MS)
  }
  const warned = [one, other].map(
    ({ log }) => log.warnings().filter(({ topic }) => topic === 'alerts policy').length,
  )
  expect(warned).toEqual([1, 1])
})

describe('while the store is away', () => {
  test('an isolate tells of a problem once, and not again when its occurrences are stored', async () => {
    const real = memory()
    let isUp = false
    const kept: QueuedOccurrence[] = []
    const store = {
      ...real,
      write: (batch: Parameters<typeof real.write>[0]) =>
        isUp ? real.write(batch) : Promise.reject(new Error('away')),
    }
    const fallback = {
      name: 'kept',
      put: async (queued: readonly QueuedOccurrence[]) => {
        kept.push(...(JSON.parse(JSON.stringify(queued)) as QueuedOccurrence[]))
      },
      async replay(write: (queued: readonly QueuedOccurrence[]) => Promise<void>) {
        const all = kept.splice(0)
        if (all.length > 0) await write(all)
        return all.length
      },
    }
    const { notifier, sent } = channel()
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 12) })
    const { klaxon } = setUp({ store, notify: notifier, fallback })
    klaxon.report(new Error('apple'))
    const flushed = klaxon.flush()
    await vi.advanceTimersByTimeAsync(25_000)
    await flushed
    expect(sent).toMatchObject([{ stored: false }])
    expect(kept).toMatchObject([{ alerted: true }])
    isUp = true
    klaxon.report(new Error('apple'))
    const again = klaxon.flush()
    await vi.advanceTimersByTimeAsync(25_000)
    await again
    await klaxon.maintain()
    vi.setSystemTime(Date.now() + HOUR_MS)
    await klaxon.maintain()
    expect((await real.issues())[0]).toMatchObject({ count: 2 })
    expect(sent).toHaveLength(1)
  })
})

describe('an alert', () => {
  test('has links to the dashboard and the trace, its cause and its counts', async () => {
    const { notifier, sent } = channel()
    const { klaxon } = setUp({
      store: memory(),
      notify: notifier,
      release: '1.4.2',
      dashboard: 'https://example.com/klaxon/',
      traceUrl: ({ traceId }) => `https://traces.example.com/${traceId}`,
    })
    const request = new Request('https://example.com/', {
      headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    })
    const cause = new TypeError('no route to host')
    klaxon.report(new Error('Failed query', { cause }), { request })
    await klaxon.flush()
    const [alert] = sent as IssueAlert[]
    expect(alert).toMatchObject({
      ...{ count: 1, added: 1, since: alert!.issue.firstSeen },
      cause: 'TypeError: no route to host',
      changed: 'new in 1.4.2',
      url: `https://example.com/klaxon/i/${encodeURIComponent(alert!.issue.fingerprint)}`,
      traceUrl: `https://traces.example.com/${'a'.repeat(32)}`,
    })
  })

  test.for([
    ['throws', () => Promise.reject(new Error('no')), 'raw'],
    ['hangs', () => new Promise<never>(() => {}), 'raw'],
    ['gives nothing', async () => undefined as never, 'raw'],
    ['knows the place', async () => anOccurrence({ errorStack: 'mapped' }), 'mapped'],
  ] as const)('shows the stack that there is when the source map %s', async ([, map, stack]) => {
    const { notifier, sent } = channel()
    const alerts = createAlerts({
      store: undefined,
      channels: [{ channel: notifier, key: 'chat', when: undefined }],
      when: undefined,
      mapper: { map },
      frame: { timeZone: 'UTC' },
      logger: { warn() {} } as never,
      now: () => Date.now(),
      fetch,
    })
    const occurrence = anOccurrence({ errorStack: 'raw' })
    const issue = newIssue(occurrence, Date.now())
    const claim = { id: '1', attempt: '1', channel: 'chat', tries: 0, reason: 'new' } as const
    const rest = { added: 1, newest: [], places: [], history: [], digest: null }
    await alerts.send([{ ...claim, ...rest, issue, occurrence }], 'no store', Infinity)
    expect(sent).toMatchObject([{ occurrence: { errorStack: stack } }])
  })
})
