import { expect, test } from 'vitest'
import { KEPT_HEADERS } from '../../src/redact/_rules.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { stepsOf } from './_steps.ts'

/** Texts of a request, each of which is scanned four times. */
function requestOf(length: number): Request {
  const text = 'a%41\\\\ key=x; '.repeat(length / 13)
  const headers = KEPT_HEADERS.map((name) => [name, text] as [string, string])
  return new Request(`http://x/${text}?${text}`, { headers })
}

function stored() {
  const store = memory()
  return { store, klaxon: createKlaxon({ store, log: false }) }
}

test('a request of 160 KB is looked at no longer than one of 20 KB', () => {
  const { klaxon } = stored()
  const error = new Error('x')
  const [short, long] = [2_000, 16_000].map((length) => {
    const request = requestOf(length)
    return stepsOf(() => klaxon.report(error, { request }), '/src/')
  }) as [number, number]
  expect(long).toBeLessThan(short * 1.5)
})

test('what is not looked at is filtered, and the error is looked at first', async () => {
  const { klaxon, store } = stored()
  const secrets = Array.from({ length: 99 }, (_, i) => `token="hunter${i}${' word'.repeat(1_000)}"`)
  klaxon.report(new Error('about token=hunter0 of them'), {
    request: requestOf(16_000),
    extra: { first: 'kept', nested: [secrets, secrets, secrets] },
  })
  await klaxon.flush()
  const [row] = await store.occurrences()
  expect(row).toMatchObject({ errorMessage: 'about token=[Filtered] of them' })
  expect(row!.errorStack).toContain('bound.test')
  expect(row!.extra).toMatchObject({ first: 'kept' })
  expect(JSON.stringify(row!.extra)).toMatch(/,"\[Filtered\]",/)
  expect(JSON.stringify(row)).not.toContain('hunter')
})

test('the next occurrence is looked at anew', async () => {
  const { klaxon, store } = stored()
  for (let i = 0; i < 3; i++)
    klaxon.report(new Error(`number ${i}`), { request: requestOf(16_000), extra: { i: `n${i}` } })
  await klaxon.flush()
  const rows = await store.occurrences()
  expect(rows.map((row) => String(row.extra!['i'])).toSorted()).toEqual(['n0', 'n1', 'n2'])
})

test('a key of a megabyte costs no more than one of a kilobyte', () => {
  const { klaxon } = stored()
  const [short, long] = [1_000, 1_000_000].map((length) => {
    const extra = { name: 'x'.repeat(length), [`${'y'.repeat(length)}_token`]: 'hunter2' }
    return stepsOf(() => klaxon.report(new Error('x'), { extra }), '/src/')
  }) as [number, number]
  expect(long).toBeLessThan(short * 12)
})
