import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReader } from '../../src/read/reader.ts'
import type { IssueSort, OccurrenceDetail, Reader, Span } from '../../src/read/types.ts'
import { memory } from '../../src/store/memory/memory.ts'
import type { Store } from '../../src/model/store.ts'
import { anOccurrence, NOON } from '../support/store-fixtures.ts'
import { dice, seeded, someOccurrences } from '../read/_seed.ts'

const clock = () => NOON

const OCCURRENCES = someOccurrences(800)

/** Words from which the property test makes queries. */
const WORDS = [
  'is:open',
  '-is:open',
  'is:resolved',
  'is:muted',
  'is:regressed',
  'status:404',
  'status:5xx',
  'status:>=500',
  '-status:4xx',
  'kind:thrown',
  'method:get',
  'route:/api/*',
  'route:*:id',
  '-route:*orders*',
  'route:/api/*/:id',
  'env:production',
  '-env:staging',
  'service:web',
  '-service:jobs',
  'release:1.2.0',
  'release:last',
  'error:typeerror',
  'error:*Error',
  'count:>40',
  'count:<=10',
  'first:<12d',
  'last:>1h',
  'last:<3h',
  'first:2026-11-10',
  'user:3',
  '-user:3',
  'trace:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa4',
  'café',
  '-stock',
  'ärger',
  '"x\\\\y"',
  '"a\\"b"',
  '%_',
  '😀',
  'shop.ts',
]
const NOT_OF_OCCURRENCES = /^-?(?:is|count|first|last):/

/**
 * Tests the reads of a store. `byHand` filters all rows in JavaScript, as reads of `memory()` do.
 */
export function readsSuite(title: string, open: () => Promise<Store>): void {
  describe(title, () => {
    let reader: Reader
    let byHand: Reader

    beforeAll(async () => {
      reader = createReader(await seeded(await open(), OCCURRENCES), { now: clock })
      byHand = createReader(await seeded(memory(), OCCURRENCES), { now: clock })
      for (const each of [reader, byHand]) {
        const { issues } = await each.list('', { sort: 'count' })
        const refs = issues.map(({ fingerprint }) => fingerprint)
        await each.actions.resolve(refs.slice(3, 8))
        await each.actions.ignore(refs.slice(8, 11))
        await each.actions.mute(refs.slice(11, 13), { forMs: 60_000 })
        await each.actions.mute(refs[14]!, { forNext: 5 })
      }
    })

    async function sameList(query: string, sort: IssueSort = 'last', span: Span = '24h') {
      let after: string | undefined
      for (let page = 0; page < 4; page++) {
        const options = { sort, span, limit: 7, ...(after === undefined ? {} : { after }) }
        const list = await reader.list(query, options)
        expect(list).toEqual(await byHand.list(query, options))
        if (list.next === null) break
        after = list.next
      }
    }

    it('lists under a query what a plain filter over all rows finds, page by page', async () => {
      const roll = dice(11)
      for (let run = 0; run < 40; run++) {
        const words = Array.from({ length: roll(4) }, () => WORDS[roll(WORDS.length)]!)
        const sorts = ['last', 'first', 'count', 'recent'] as const
        await sameList(words.join(' '), sorts[roll(4)], roll(2) === 0 ? '24h' : '14d')
      }
    }, 60_000)

    it.each(WORDS)('answers %s', (word) => sameList(word))

    it('lists occurrences under a query as a plain filter does', async () => {
      const words = WORDS.filter((word) => !NOT_OF_OCCURRENCES.test(word))
      for (const word of ['', ...words]) {
        const options = { limit: 20 }
        const page = await reader.feed(word, options)
        expect(page).toEqual(await byHand.feed(word, options))
        if (page.next === null) continue
        const second = { ...options, after: page.next }
        expect(await reader.feed(word, second)).toEqual(await byHand.feed(word, second))
      }
    }, 60_000)

    it('shows an issue by its fingerprint, the start of one, and the id of an occurrence', async () => {
      const { issues } = await reader.list('', { limit: 6 })
      for (const { fingerprint } of issues) {
        const page = await reader.issue(fingerprint)
        expect(ignoring(page, 'why', 'history')).toEqual(
          ignoring(await byHand.issue(fingerprint), 'why', 'history'),
        )
        expect(page!.occurrences.rows.length).toBeGreaterThan(0)
        expect(await reader.issue(fingerprint.slice(3, 11))).toEqual(page)
        expect((await reader.issue(page!.latest!.id))!.issue.fingerprint).toBe(fingerprint)
      }
      expect(await reader.issue('v1:ffffffffffff')).toBeNull()
    })

    it('pages the occurrences of an issue, all or those with a value', async () => {
      const { issues } = await reader.list('', { sort: 'count', limit: 2 })
      const fingerprint = issues[0]!.fingerprint
      for (const filter of [
        {},
        { colo: 'FRA' },
        { colo: 'FRA', country: 'DE' },
        { path: '/none' },
      ]) {
        const seen: string[] = []
        let after: string | undefined
        do {
          const options = { filter, limit: 9, ...(after === undefined ? {} : { after }) }
          const page = await reader.occurrences(fingerprint, options)
          expect(page).toEqual(await byHand.occurrences(fingerprint, options))
          seen.push(...page.rows.map(({ id }) => id))
          after = page.next ?? undefined
        } while (after !== undefined)
        expect(new Set(seen).size).toBe(seen.length)
      }
    })

    it('shows an occurrence with its neighbours, its trace and its user', async () => {
      const { rows } = await reader.feed('user:3', { limit: 5 })
      for (const { id } of rows) {
        const detail = await reader.occurrence(id)
        expect(ignoring(detail, 'history')).toEqual(
          ignoring(await byHand.occurrence(id), 'history'),
        )
        expect(detail!.user.length).toBe(10)
      }
      expect(await reader.occurrence('019a0000-0000-7000-8000-ffffffffffff')).toBeNull()
    })

    it('counts the newest occurrences of an issue by colo and release', async () => {
      const { issues } = await reader.list('', { sort: 'count', limit: 1 })
      const { issue, facets } = (await reader.issue(issues[0]!.fingerprint))!
      const newest = OCCURRENCES.filter(({ fingerprint }) => fingerprint === issue.fingerprint)
        .toReversed()
        .slice(0, facets.sample)
      const counts: Record<string, number> = {}
      for (const { colo, release } of newest)
        if (colo !== null) counts[`${colo} ${release}`] = (counts[`${colo} ${release}`] ?? 0) + 1
      expect(Object.keys(counts).length).toBeGreaterThan(3)
      expect(
        Object.fromEntries(
          facets.edge.map(({ colo, release, count }) => [`${colo} ${release}`, count]),
        ),
      ).toEqual(counts)
      const falling = facets.edge.map(({ count }) => count)
      expect(falling).toEqual(falling.toSorted((a, b) => b - a))
    })

    it('says the place of an occurrence among those of its issue', async () => {
      const { issues } = await reader.list('', { sort: 'count', limit: 1 })
      const page = (await reader.issue(issues[0]!.fingerprint))!
      const count = OCCURRENCES.filter(
        ({ fingerprint }) => fingerprint === page.issue.fingerprint,
      ).length
      expect(count).toBeGreaterThan(20)
      expect(page.position).toEqual({ newer: 0, older: count - 1, cap: 1_000 })
      let id: string | null = page.latest!.id
      for (let newer = 0; id !== null; newer++) {
        const { position, older }: OccurrenceDetail = (await reader.occurrence(id))!
        expect(position).toEqual({ newer, older: count - 1 - newer, cap: 1_000 })
        id = older
      }
    })

    it('follows what is written, from where it was', async () => {
      const end = await reader.tail(null, '')
      expect(end.rows).toEqual([])
      const from = end.rowid - 30
      const page = await reader.tail(from, 'status:5xx')
      expect(page).toEqual(await byHand.tail(from, 'status:5xx'))
      expect(page.rowid).toBe(end.rowid)
      expect((await reader.tail(1, '')).more).toBe(true)
    })

    it('lists releases with what was new in each', async () => {
      expect(await reader.releases()).toEqual(await byHand.releases())
      const { releases } = await reader.releases({ service: 'web' })
      expect(releases.map(({ service }) => service)).toEqual(releases.map(() => 'web'))
      expect(releases.length).toBe(5)
    })

    it('says where any id leads', async () => {
      const { id, fingerprint } = (await reader.feed('-user:1 kind:thrown', { limit: 1 })).rows[0]!
      const ids = [
        id,
        id.toUpperCase(),
        fingerprint,
        fingerprint.slice(0, 11),
        `${'a'.repeat(31)}4`,
        'req-1499',
        'v1:nothing',
        'wat',
        '',
        '019a0000-0000-7000-8000-ffffffffffff',
      ]
      const asked = await Promise.all(ids.map((each) => reader.ask(each)))
      expect(asked).toEqual(await Promise.all(ids.map((each) => byHand.ask(each))))
      expect(asked.map(({ kind }) => kind).slice(0, 5)).toEqual([
        'occurrence',
        'occurrence',
        'issue',
        'issue',
        'trace',
      ])
      expect(asked.at(-1)).toMatchObject({
        kind: 'missing',
        sentence: expect.stringContaining('klaxon replay'),
      })
    })

    it('exports whole occurrences, newest first', async () => {
      const { occurrences, next } = await reader.dump('user:3', { limit: 10 })
      expect({ occurrences, next }).toEqual(await byHand.dump('user:3', { limit: 10 }))
      expect(occurrences[0]!.errorStack === undefined).toBe(false)
    })

    it('refuses a query or a cursor that it cannot read, and names what is known', async () => {
      const refused = async (query: string) =>
        reader.list(query).then(
          () => '',
          (error: Error) => error.message,
        )
      expect(await refused('colour:red')).toMatch(
        /"colour:" is not known; known are is: status: .* trace:/,
      )
      expect(await refused('is:closed')).toMatch(/open, resolved, ignored, muted or regressed/)
      expect(await refused('"open')).toMatch(/quote is not closed/)
      expect(await refused('count:many')).toMatch(/>100/)
      expect(await refused('route:a*b*c')).toMatch(/\* may stand/)
      expect(await refused('status:')).toMatch(/needs a value/)
      expect(await refused('x'.repeat(1_001))).toMatch(/at most 1000 characters/)
      await expect(reader.list('', { after: "1' or 1=1" })).rejects.toThrow(/`after`/)
      await expect(reader.feed('count:>1')).rejects.toThrow(/"count:" is about issues/)
    })
  })
}

/** Tests the actions, on a separate store. */
export function actionsSuite(title: string, open: () => Promise<Store>): void {
  describe(title, () => {
    let reader: Reader
    let store: Store
    let now = NOON
    let refs: string[]

    beforeEach(async () => {
      now = NOON
      store = await seeded(await open(), OCCURRENCES.slice(0, 300))
      reader = createReader(store, { now: () => now })
      refs = (await reader.list('', { sort: 'count' })).issues.map(({ fingerprint }) => fingerprint)
    })

    const stateOf = async (ref: string) => (await reader.issue(ref))!.issue

    it('resolves, reopens and ignores, and keeps who did it, when and why', async () => {
      const [a, b] = refs as [string, string]
      const { changed } = await reader.actions.resolve([a, b], {
        who: 'ada',
        comment: 'fixed in #7',
      })
      expect(changed.toSorted()).toEqual([a, b].toSorted())
      expect(await stateOf(a)).toMatchObject({ state: 'resolved', resolvedAt: NOON })
      now += 1_000
      await reader.actions.reopen(a, { who: 'bob' })
      expect(await stateOf(a)).toMatchObject({ state: 'open', resolvedAt: null })
      now += 1_000
      await reader.actions.ignore(a)
      const { history, issue } = (await reader.issue(a))!
      expect(issue.state).toBe('ignored')
      expect(history.map(({ at, what, who, data }) => [at, what, who, data?.['comment']])).toEqual([
        [NOON + 2_000, 'ignored', 'someone', undefined],
        [NOON + 1_000, 'reopened', 'bob', undefined],
        [NOON, 'resolved', 'ada', 'fixed in #7'],
      ])
    })

    it('leaves alone what has the state already, and says so', async () => {
      await reader.actions.resolve(refs[0]!)
      const again = await reader.actions.resolve(refs.slice(0, 2))
      expect(again.changed).toEqual([refs[1]])
      expect(again.skipped).toEqual([{ fingerprint: refs[0], why: 'it is resolved already' }])
    })

    it('marks a resolved issue that occurs again, until someone changes its state', async () => {
      const [a, b] = refs as [string, string]
      const regressed = async () =>
        (await reader.list('is:regressed')).issues.map((row) => [row.fingerprint, row.regressed])
      await reader.actions.resolve([a, b])
      expect(await regressed()).toEqual([])
      now += 1_000
      const again = OCCURRENCES.find(({ fingerprint }) => fingerprint === a)!
      const occurrence = { ...again, id: anOccurrence().id, occurredAt: now, release: '9.9.9' }
      await seeded(store, [occurrence])
      now += 1_000
      expect(await regressed()).toEqual([[a, true]])
      const { history } = (await reader.issue(a))!
      expect(history[0]).toMatchObject({
        what: 'regressed',
        who: null,
        data: { occurrence: occurrence.id, release: '9.9.9' },
      })
      await reader.actions.ignore(a)
      await reader.actions.reopen(a)
      expect(await regressed()).toEqual([])
      // After the undo, a person has opened it, and it did not come back by itself.
      now += 1_000
      const { id } = await reader.actions.resolve(a)
      now += 1_000
      await reader.actions.undo(id)
      expect((await stateOf(a)).regressed).toBe(false)
    })

    it('mutes for a time, until a count, and for the next occurrences', async () => {
      const [a, b, c] = refs as [string, string, string]
      await reader.actions.mute(a, { forMs: 60_000 })
      expect(await stateOf(a)).toMatchObject({ muted: true, mutedUntil: NOON + 60_000 })
      now += 60_001
      expect((await stateOf(a)).muted).toBe(false)
      const { count } = await stateOf(b)
      await reader.actions.mute(b, { untilCount: count + 1 })
      await reader.actions.mute(c, { forNext: 100 })
      expect(await stateOf(b)).toMatchObject({
        muted: true,
        mutedUntilCount: count + 1,
        mutedUntil: null,
      })
      expect((await stateOf(c)).mutedUntilCount).toBe((await stateOf(c)).count + 100)
      expect(
        (await reader.list('is:muted')).issues.map(({ fingerprint }) => fingerprint).toSorted(),
      ).toEqual([b, c].toSorted())
      const late = await reader.actions.mute(b, { untilCount: 1 })
      expect(late.skipped).toEqual([{ fingerprint: b, why: 'it has occurred as often already' }])
      await reader.actions.unmute([b, c])
      expect(await stateOf(b)).toMatchObject({ muted: false, mutedUntilCount: null })
    })

    it('resolves in the next release, where releases are known', async () => {
      const { releases } = await reader.releases()
      const known = releases.find(({ newIssues }) => newIssues > 0)!
      const ref = known.issues[0]!.fingerprint
      await reader.actions.resolveInNextRelease(ref)
      const { state, resolvedIn, service } = await stateOf(ref)
      expect(state).toBe('resolved')
      expect(resolvedIn).toEqual(
        releases.filter((each) => each.service === (service ?? '')).map(({ release }) => release),
      )
    })

    it('comments without changing anything else', async () => {
      const before = await stateOf(refs[0]!)
      await reader.actions.comment(refs[0]!, 'looking into it', { who: 'ada' })
      const { issue, history } = (await reader.issue(refs[0]!))!
      expect(issue).toEqual(before)
      expect(history[0]).toMatchObject({
        what: 'comment',
        who: 'ada',
        data: { comment: 'looking into it' },
      })
      await expect(reader.actions.comment(refs[0]!, '  ')).rejects.toThrow(
        /`comment` must have a text/,
      )
    })

    it('changes all that match a query', async () => {
      const { issues } = await reader.list('kind:thrown')
      const { changed, more } = await reader.actions.ignore({ query: 'kind:thrown' })
      expect(changed.length).toBe(issues.length)
      expect(more).toBe(false)
      expect((await reader.list('kind:thrown is:open')).issues).toEqual([])
      expect((await reader.list('-kind:thrown is:ignored')).issues).toEqual([])
    })

    it('takes the start of a fingerprint and an error id, and names what it does not find', async () => {
      const page = (await reader.issue(refs[0]!))!
      const { changed, missing } = await reader.actions.resolve([
        page.latest!.id,
        refs[1]!.slice(3, 11),
        'v1:nothing',
        '019a0000-0000-7000-8000-ffffffffffff',
      ])
      expect(changed.toSorted()).toEqual(refs.slice(0, 2).toSorted())
      expect(missing).toEqual(['v1:nothing', '019a0000-0000-7000-8000-ffffffffffff'])
      await expect(reader.actions.resolve('v1:')).rejects.toThrow(/start of several/)
    })

    it('undoes an action, but not where someone has changed the issue since', async () => {
      const [a, b] = refs as [string, string]
      await reader.actions.mute(a, { forMs: 60_000 })
      now += 1_000
      const { id } = await reader.actions.resolve([a, b])
      now += 1_000
      await reader.actions.ignore(b)
      now += 1_000
      const undone = await reader.actions.undo(id, { who: 'ada' })
      expect(undone.changed).toEqual([a])
      expect(undone.skipped).toEqual([{ fingerprint: b, why: 'it was changed since' }])
      expect(await stateOf(a)).toMatchObject({
        state: 'open',
        resolvedAt: null,
        mutedUntil: NOON + 60_000,
      })
      expect((await stateOf(b)).state).toBe('ignored')
      expect((await reader.issue(a))!.history[0]).toMatchObject({
        what: 'undone',
        who: 'ada',
        data: { of: 'resolved' },
      })
      expect((await reader.actions.undo(id)).changed).toEqual([])
      expect((await reader.actions.undo('no-such-action')).missing).toEqual(['no-such-action'])
    })
  })
}

function ignoring<Value extends object>(value: Value | null, ...names: (keyof Value)[]) {
  if (value === null) return null
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !names.includes(name as keyof Value)),
  )
}
