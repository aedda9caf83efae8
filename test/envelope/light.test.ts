import { getRequestListener } from '@hono/node-server'
import fc from 'fast-check'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { toEnvelope } from '../../src/envelope/rewrite/respond.ts'
import { createKlaxon } from '../../src/klaxon.ts'

const RealResponse = globalThis.Response
// This import replaces the global Response by its light class, in the process of this file only.
getRequestListener(() => new Response())
const LightResponse = globalThis.Response

const rules = { format: 'envelope', text: true } as const
const TYPE = { 'content-type': 'application/json' }

const isLight = (response: Response): boolean =>
  Object.getOwnPropertySymbols(response).some(({ description }) => description === 'cache')

async function shown(response: Response) {
  const { status, statusText, headers } = response
  return { status, statusText, headers: [...headers], body: await response.text() }
}

test('a light response is enveloped at once, and neither becomes a real one', () => {
  for (const response of [
    Response.json({ id: 1 }),
    new Response('{"id":1}', { headers: TYPE }),
    new Response('{"message":"ü"}', { status: 404, headers: { ...TYPE, 'x-a': '1' } }),
  ]) {
    const out = toEnvelope(response, rules) as Response
    expect([isLight(response), isLight(out), out === response]).toEqual([true, true, false])
  }
})

test('c.json under the wrapper and outside its paths makes no Headers', async () => {
  const app = new Hono()
    .get('/api/x', (c) => c.json({ id: 1 }))
    .get('/outside', (c) => c.json({ id: 1 }))
  const wrapped = createKlaxon({ log: false }).wrap(app)
  const made: unknown[] = []
  const { Headers } = globalThis
  globalThis.Headers = class extends Headers {
    constructor(...args: ConstructorParameters<typeof Headers>) {
      super(...args)
      made.push(args)
    }
  }
  const requests = ['/api/x', '/outside'].map((path) => new Request(`http://x${path}`))
  made.length = 0
  const responses = []
  for (const request of requests) responses.push(await wrapped.fetch(request))
  globalThis.Headers = Headers
  expect(made).toEqual([])
  expect(responses.map(isLight)).toEqual([true, true])
  expect(await responses[0]!.text()).toBe('{"success":true,"result":{"id":1},"message":null}')
})

const bodies = fc.oneof(
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '',
    ' {"a":"ü", "message":"é"}\n',
    '{"message":"ü","message":1}',
    '{"message":"\ud800"}',
    '\ufeff{"a":1}',
    '{"success":true,"result":1,"message":null}',
    '{"a":1}\n{"b":2}',
  ),
)
const headers = fc.constantFrom<Record<string, string>>(
  TYPE,
  { 'Content-Type': 'application/json; charset=utf-8', 'x-a': '1' },
  { 'content-type': 'text/json' },
  { 'content-type': 'application/json; charset=iso-8859-1' },
  { ...TYPE, 'content-length': 'right', digest: 'x' },
)

test('a light response goes out with the bytes and headers of a real one', async () => {
  await fc.assert(
    fc.asyncProperty(
      bodies,
      headers,
      fc.constantFrom(200, 201, 404, 503),
      async (body, given, status) => {
        const all = { ...given }
        if ('content-length' in all)
          all['content-length'] = String(new TextEncoder().encode(body).length)
        const init = { status, statusText: 'Own words', headers: all }
        const light = await toEnvelope(new LightResponse(body, init), rules)
        const real = await toEnvelope(new RealResponse(body, init), rules)
        expect(await shown(light)).toEqual(await shown(real))
      },
    ),
  )
})

test('a light response whose body someone has read stays', async () => {
  const response = Response.json({ id: 1 })
  await response.text()
  expect(await toEnvelope(response, rules)).toBe(response)
})
