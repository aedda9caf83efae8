import { expect, test } from 'vitest'
import { KlaxonError } from '../../src/model/klaxon-error.ts'

test('a KlaxonError has a name, a code and its cause', () => {
  const cause = new Error('no')
  const error = new KlaxonError('it failed', { code: 'BAD_OPTION', cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'KlaxonError',
    message: 'it failed',
    code: 'BAD_OPTION',
    cause,
  })
  expect('cause' in new KlaxonError('x', { code: 'Y' })).toBe(false)
})
