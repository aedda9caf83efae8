import { expect, test } from 'vitest'
import { Place } from '../../src/dashboard/parts/marks.tsx'

const cap = 1_000

test.each([
  [{ newer: 0, older: 0, cap }, '1 of 1'],
  [{ newer: 1, older: 36, cap }, '2 of 38'],
  [{ newer: 999, older: 999, cap }, '1,000 of 1,999'],
  [{ newer: 41, older: cap, cap }, '42 of 1,000+'],
  [{ newer: cap, older: 3, cap }, 'after 1,000+ newer'],
])('the place %j reads %s', (position, words) => {
  expect(String(Place({ position }))).toContain(`>${words}<`)
})
