import { describe, expect, test } from 'vitest'
import { fingerprint, issueTitle } from '../../src/capture/fingerprint.ts'
import type { Kind } from '../../src/model/occurrence.ts'
import { anOccurrence } from '../support/store-fixtures.ts'
import { recording } from '../support/recording.ts'

const KINDS: readonly Kind[] = ['thrown', 'status', 'browser', 'missed']
const of = (kind: Kind, change = {}) => anOccurrence({ kind, errorMessage: 'no price', ...change })

test('failures of each kind are issues of their own, whatever else they share', () => {
  expect(new Set(KINDS.map((kind) => fingerprint(of(kind)))).size).toBe(KINDS.length)
})

describe.each(['browser', 'missed'] as const)('a failure of kind %s', (kind) => {
  test('is named by its error, not by its status', () => {
    expect(issueTitle(of(kind, { status: 0 }))).toBe('Error: no price')
    expect(issueTitle(of(kind, { errorName: null, errorMessage: null }))).toBe('Unknown error')
  })

  test('is grouped by its message without values, whatever page or request it is of', () => {
    const one = of(kind, { errorMessage: 'no price for 17', path: '/cart', status: 0 })
    const other = of(kind, { errorMessage: 'no price for 23', path: '/search', status: 500 })
    expect(fingerprint(one)).toBe(fingerprint(other))
    expect(fingerprint(of(kind, { errorMessage: 'no stock' }))).not.toBe(fingerprint(one))
  })
})

test('a generic message of a browser is told apart by what it names', () => {
  const message = (name: string) => `Cannot read properties of undefined (reading '${name}')`
  const key = (name: string) => fingerprint(of('browser', { errorMessage: message(name) }))
  expect(key('price')).not.toBe(key('stock'))
})

test('a browser’s report takes nothing of the request that carries it but the client', async () => {
  const { klaxon, recorded } = recording({ context: true, service: 'shop', release: 'r7' })
  const origin = 'https://shop.example'
  const body = JSON.stringify({ message: 'no price', url: `${origin}/cart` })
  const headers = { origin, 'user-agent': 'Browser/1', 'x-request-id': 'r-1' }
  await klaxon.intake()(new Request(`${origin}/errors`, { method: 'POST', body, headers }))
  expect(await recorded()).toMatchObject([
    {
      kind: 'browser',
      service: 'shop/browser',
      release: 'r7',
      method: 'GET',
      path: '/cart',
      route: null,
      userAgent: 'Browser/1',
      context: null,
      breadcrumbs: null,
      durationMs: null,
    },
  ])
})
