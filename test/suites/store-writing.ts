import { beforeEach, describe, expect, test } from 'vitest'
import type { Issue } from '../../src/model/issue.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  anOccurrence,
  entries,
  NOON,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { DAY_MS } from '../../src/util/time-units.ts'

/** Tests rows, groups and counts, and that a batch sent twice changes nothing. */
export function writing(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const counts = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await store.issues({ limit: 2_000 })).map((issue) => [issue.fingerprint, issue.count]),
    )
  const issue = async (fingerprint = 'v1:a'): Promise<Issue> =>
    (await store.issues({ limit: 2_000 })).find((found) => found.fingerprint === fingerprint)!

  describe('writing', () => {
    test('every field comes back as it was', async () => {
      const whole: Occurrence = anOccurrence({
        kind: 'status',
        status: 404,
        method: 'POST',
        path: '/가/😀/"quoted"',
        query: "?q='1'&r=\\u0041",
        route: '/:id',
        host: 'example.com',
        clientIp: '2001:db8::1',
        userAgent: 'agent/1.0',
        userId: 'u-1',
        username: '홍길동',
        errorName: 'TypeError',
        errorMessage: 'tab\tnewline\nbackslash\\ quote" end',
        errorStack: 'at a\n'.repeat(500),
        causes: [{ name: 'Inner', message: 'left', stack: null }],
        requestId: 'r-1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        release: '1.2.3',
        environment: 'production',
        runtime: 'workerd',
        colo: 'ICN',
        country: 'KR',
        headers: { 'user-agent': 'agent/1.0', accept: '*/*' },
        extra: { deep: { list: [1, 2.5, null, true, 'x'], empty: {} }, big: 9007199254740991 },
        durationMs: 12.25,
      })
      const bare = anOccurrence({
        occurredAt: NOON - 1,
        errorName: null,
        errorMessage: null,
        errorStack: null,
      })
      await store.write(
        aBatch({
          occurrences: [whole, bare].map((occurrence) => ({ occurrence, count: 1, row: true })),
        }),
      )
      expect(await store.occurrences()).toEqual([whole, bare])
    })

    test('occurrences of one fingerprint are one issue', async () => {
      await store.write(
        aBatch({
          occurrences: [
            anEntry({ occurredAt: NOON - 2 * SECOND_MS, release: '1' }),
            anEntry({ occurredAt: NOON, release: '2', route: '/x' }),
            anEntry({
              fingerprint: 'v1:b',
              kind: 'status',
              status: 404,
              method: 'POST',
              route: '/b',
              title: 'B',
            }),
          ],
        }),
      )
      const last = (await store.occurrences({ fingerprint: 'v1:a' }))[0]!
      expect(await issue('v1:a')).toEqual({
        fingerprint: 'v1:a',
        title: 'Error: out of cheese',
        kind: 'thrown',
        service: null,
        environment: null,
        status: 500,
        method: 'GET',
        route: null,
        firstSeen: NOON - 2 * SECOND_MS,
        lastSeen: NOON,
        count: 2,
        firstRelease: '1',
        lastRelease: '2',
        state: 'open',
        resolvedAt: null,
        mutedUntil: null,
        mutedUntilCount: null,
        resolvedIn: null,
        lastOccurrenceId: last.id,
      } satisfies Issue)
      expect(await issue('v1:b')).toMatchObject({
        kind: 'status',
        status: 404,
        method: 'POST',
        route: '/b',
        title: 'B',
      })
    })

    test('a batch that is sent again changes nothing, counts included', async () => {
      const batch = aBatch({
        occurrences: [...entries(9), aMergedEntry(3), anEntry({ fingerprint: 'v1:b' })],
      })
      const first = await store.write(batch)
      const before = { issues: await store.issues(), occurrences: await store.occurrences() }
      expect(describeClaims(first.claims)).toEqual(['slack: new v1:a 12', 'slack: new v1:b 1'])
      for (const attempt of ['again', 'and again']) {
        expect(await store.write({ ...batch, attempt, now: NOON + SECOND_MS })).toEqual({
          claims: [],
        })
      }
      expect({ issues: await store.issues(), occurrences: await store.occurrences() }).toEqual(
        before,
      )
    })

    test('a batch that overlaps a stored one counts only what is new', async () => {
      const shared = entries(5)
      const merged = aMergedEntry(20)
      await store.write(aBatch({ occurrences: [...shared, merged] }))
      await store.write(aBatch({ occurrences: [...shared.slice(2), ...entries(4), merged] }))
      expect(await counts()).toEqual({ 'v1:a': 29 })
      expect(await store.occurrences()).toHaveLength(9)
    })

    test('an id that is twice in a batch counts once', async () => {
      const entry = anEntry()
      await store.write(aBatch({ occurrences: [entry, entry] }))
      expect(await counts()).toEqual({ 'v1:a': 1 })
    })

    test('a merged entry counts without a row', async () => {
      const row = anEntry({ occurredAt: NOON - SECOND_MS })
      await store.write(aBatch({ occurrences: [row, aMergedEntry(41)] }))
      expect(await issue()).toMatchObject({
        count: 42,
        lastSeen: NOON,
        lastOccurrenceId: row.occurrence.id,
      })
      expect(await store.occurrences()).toHaveLength(1)
    })

    test('a late occurrence counts, and moves only the first sight', async () => {
      const last = anEntry({ release: '2' })
      await store.write(aBatch({ occurrences: [last] }))
      await store.write(
        aBatch({ occurrences: [anEntry({ occurredAt: NOON - DAY_MS, release: '1' })] }),
      )
      expect(await issue()).toMatchObject({
        count: 2,
        firstSeen: NOON - DAY_MS,
        lastSeen: NOON,
        lastRelease: '2',
        lastOccurrenceId: last.occurrence.id,
      })
    })

    test('a batch without entries writes nothing', async () => {
      expect(await store.write(aBatch())).toEqual({ claims: [] })
      expect(await store.write(aBatch({ channels: [] }))).toEqual({ claims: [] })
      expect(await store.issues()).toEqual([])
    })

    test('SQL and JSON in any field are text', async () => {
      const nasty = [
        `'; drop table klaxon_issues; --`,
        `"] ,[1,"x`,
        `\${1} ?1 :a @b $c`,
        `__proto__`,
        `\\u0027 or 1=1`,
      ]
      const hostile = nasty.map((text) =>
        anOccurrence({
          fingerprint: `v1:${text}`,
          title: text,
          method: text,
          path: text,
          query: text,
          userId: text,
          errorMessage: text,
          headers: { [text]: text },
          extra: JSON.parse(`{"__proto__":{"polluted":true}}`) as Record<string, unknown>,
        }),
      )
      await store.write(
        aBatch({
          channels: nasty,
          occurrences: hostile.map((occurrence) => ({ occurrence, count: 1, row: true })),
        }),
      )
      for (const occurrence of hostile) {
        expect(await store.occurrences({ id: occurrence.id })).toEqual([occurrence])
        expect(await issue(occurrence.fingerprint)).toMatchObject({
          title: occurrence.title,
          count: 1,
        })
        await store.setIssue(occurrence.fingerprint, { state: 'resolved' }, { now: NOON })
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    })

    test('text that is no valid Unicode is stored with marks in its place', async () => {
      const occurrence = anOccurrence({
        errorMessage: 'cut \ud83d here \0 and \ude00 there, 😀 whole, \\ud83d typed',
        title: '\udfff',
        extra: { '\ud800': ['\0', { deep: '\udbff' }] },
      })
      const { claims } = await store.write(
        aBatch({ occurrences: [{ occurrence, count: 1, row: true }] }),
      )
      const stored = {
        ...occurrence,
        errorMessage: 'cut \ufffd here \u2400 and \ufffd there, 😀 whole, \\ud83d typed',
        title: '\ufffd',
        extra: { '\ufffd': ['\u2400', { deep: '\ufffd' }] },
      }
      expect(await store.occurrences()).toEqual([stored])
      expect(claims[0]?.occurrence).toEqual(stored)
    })

    test('a full batch of the largest records is written whole', async () => {
      const large = entries(16, () => ({
        errorStack: '가'.repeat(5_000),
        errorMessage: 'x'.repeat(2_000),
      }))
      await store.write(aBatch({ occurrences: large }))
      expect(await store.occurrences()).toHaveLength(16)
      expect((await store.occurrences({ limit: 1 }))[0]?.errorStack).toHaveLength(5_000)
    })
  })
}
