import { expect, test } from 'vitest'
import { toEnvelope } from '../../src/envelope/rewrite/respond.ts'

const rules = { format: 'envelope', text: true } as const
const key = Symbol('response')

/** A response that shows its parts, as Deno's responses do. */
function inParts(body: unknown, consumed = false): Response {
  const response = Response.json({ id: 1 })
  const streamOrStatic = { body, consumed }
  const parts = { body: { streamOrStatic }, headerList: [['Content-Type', 'application/json']] }
  return Object.defineProperty(response, key, { value: parts })
}

test('the text that a host shows is enveloped without the body being read', async () => {
  const response = inParts('{"id":2}')
  const out = await toEnvelope(response, rules)
  expect(response.bodyUsed).toBe(false)
  expect(await out.text()).toBe('{"success":true,"result":{"id":2},"message":null}')
  expect(out.headers.get('content-type')).toBe('application/json')
})

test.each([
  ['bytes', inParts(new Uint8Array(2))],
  ['a body that was read', inParts('{"id":2}', true)],
  ['nothing of the kind', Object.defineProperty(Response.json({ id: 1 }), key, { value: 1 })],
  ['no parts', Response.json({ id: 1 })],
])('a body is read where the host shows %s', async (_, response) => {
  const out = await toEnvelope(response, rules)
  expect(await out.text()).toBe('{"success":true,"result":{"id":1},"message":null}')
})

test('no timer is set for a body that is there', async () => {
  const { setTimeout: own } = globalThis
  let timers = 0
  globalThis.setTimeout = ((...args: Parameters<typeof own>) => (timers++, own(...args))) as never
  const out = await toEnvelope(Response.json({ id: 1 }), rules)
  globalThis.setTimeout = own
  expect([timers, await out.text()]).toEqual([
    0,
    '{"success":true,"result":{"id":1},"message":null}',
  ])
})
