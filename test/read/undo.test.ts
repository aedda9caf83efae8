import { expect, test } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { createReader } from '../../src/read/reader.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { aBatch, aMergedEntry, anEntry, NOON } from '../support/store-fixtures.ts'

const fingerprint = 'v1:a'

test.each<[string, () => Store]>([
  ['memory()', memory],
  ['sqlite()', () => onCallersTime(sqlite({ path: ':memory:' }))],
])('in %s an undo is one event of the next alert, at its own time', async (_name, open) => {
  const store = open()
  let now = NOON
  const reader = createReader(store, { now: () => now })
  const { actions } = reader
  const { claims } = await store.write(aBatch({ now, occurrences: [anEntry({ fingerprint })] }))
  const [{ id, attempt, channel }] = claims as [(typeof claims)[number]]
  await store.settle([{ id, attempt, channel, outcome: 'sent' }], now)
  now = NOON + MINUTE_MS
  await actions.resolve(fingerprint, { who: 'ada' })
  now = NOON + 2 * MINUTE_MS
  const reopened = await actions.reopen(fingerprint, { who: 'ada' })
  now = NOON + 3 * MINUTE_MS
  await actions.undo(reopened.id, { who: 'bob' })
  expect((await reader.issue(fingerprint))!.issue).toMatchObject({
    state: 'resolved',
    resolvedAt: NOON + MINUTE_MS,
  })
  now = NOON + HOUR_MS
  const back = aMergedEntry(100, { fingerprint, occurredAt: now })
  const [claim] = (await store.write(aBatch({ now, occurrences: [back] }))).claims
  expect(claim!.history.map(({ what, who, at }) => [what, who, at])).toEqual([
    ['undone', 'bob', NOON + 3 * MINUTE_MS],
    ['reopened', 'ada', NOON + 2 * MINUTE_MS],
    ['resolved', 'ada', NOON + MINUTE_MS],
    ['sent', null, NOON],
  ])
})
