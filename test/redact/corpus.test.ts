import { expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { headersOf } from '../support/headers-of.ts'
import { HARMLESS } from '../support/fixtures/harmless.ts'
import { CANARIES, type Canary, leaks } from '../support/fixtures/secrets.ts'

const redactor = createRedactor(undefined, [])

const FRAMES = `\n    at handler (file:///app/src/index.ts:10:5)\n    at async dispatch (node:internal/x:1:2)`

const PLACES: Record<string, (canary: Canary) => unknown> = {
  message: ({ text }) => redactor.text(`Could not sign in: ${text} was refused`, 2_048),
  stack: ({ text }) => redactor.text(`Error: refused ${text}${FRAMES}`, 16_384),
  'text in JSON': ({ text }) =>
    redactor.text(JSON.stringify({ a: 1, b: [{ c: text }], d: text }), 2_048),
  'object in JSON': ({ member: [key, value] }) =>
    redactor.text(JSON.stringify({ a: 1, b: [{ [key]: value }], c: 'x' }), 2_048),
  query: ({ text, member: [key, value] }) => [
    redactor.query(`?a=1&b=${encodeURIComponent(text)}&c=2`),
    redactor.query(`?${typeof value === 'string' ? `${key}=${encodeURIComponent(value)}` : 'a=1'}`),
    redactor.query(`?next=${encodeURIComponent(`/x?b=${encodeURIComponent(text)}`)}`),
  ],
  headers: ({ text }) => {
    const value = encodeURI(text)
    return headersOf(
      redactor,
      new Headers({
        authorization: value,
        cookie: value,
        'x-other': value,
        'user-agent': `agent (${value})`,
        'x-request-id': value,
        referer: `https://example.test/x?${value}#${value}`,
      }),
    )
  },
  path: ({ text }) => redactor.path(`/reset/${encodeURIComponent(text)}/done`),
  object: ({ member: [key, value] }) =>
    redactor.value({ list: [{ [key]: value }], map: new Map([[key, value]]) }),
}

test('there are more than 200 secrets', () => {
  expect(CANARIES.length).toBeGreaterThan(200)
})

test.each(Object.entries(PLACES))('none of them comes out of a %s', (_, place) => {
  const leaked = CANARIES.map((canary) => ({ ...canary, out: JSON.stringify(place(canary)) }))
  expect(leaked.filter(({ out, core }) => leaks(out, core))).toEqual([])
})

test('there are 200 harmless strings', () => {
  expect(new Set(HARMLESS).size).toBeGreaterThanOrEqual(200)
})

const other = createRedactor(undefined, [
  'https://hooks.slack.com/services/T0/B0/abc',
  'secret-token-of-a-store',
])

const KEPT: Record<string, (harmless: string) => [before: unknown, after: unknown]> = {
  text: (s) => [s, redactor.text(s, 16_384)],
  'text beside secrets': (s) => [s, other.text(s, 16_384)],
  stack: (s) => {
    const stack = `Error: about ${s}${FRAMES}`
    return [stack, redactor.text(stack, 16_384)]
  },
  'text in JSON': (s) => [JSON.stringify({ s }), redactor.text(JSON.stringify({ s }), 16_384)],
  object: (s) => [JSON.stringify([{ s }]), JSON.stringify(redactor.value([{ s }]))],
  query: (s) => {
    const query = `q=${encodeURIComponent(s)}&x=1`
    return [query, redactor.query(query)]
  },
}

test.each(Object.entries(KEPT))('all of them survive in a %s', (_, pass) => {
  const changed = HARMLESS.map(pass).filter(([before, after]) => before !== after)
  expect(changed).toEqual([])
})
