import { expect, test } from 'vitest'
import { recentIdOn, rememberId } from '../../src/capture/recorded-failures.ts'

test('the ids of the last 1,000 failures are known, and not those of long before', () => {
  for (let nth = 0; nth < 5_000; nth++) rememberId(`id ${nth}`)
  for (let nth = 4_000; nth < 5_000; nth++) expect(recentIdOn(`id ${nth}`)).toBe(`id ${nth}`)
  for (let nth = 0; nth < 3_000; nth++) expect(recentIdOn(`id ${nth}`)).toBeNull()
  expect(recentIdOn(null)).toBeNull()
})
