import { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { klaxon as middleware } from '../../src/hono/middleware.ts'
import type { Klaxon } from '../../src/klaxon-interface.ts'
import { KLAXON_FRAME } from '../../src/util/frames.ts'
import { recording } from '../support/recording.ts'

const { stackTraceLimit } = Error
beforeEach(() => {
  Error.stackTraceLimit = 50
})
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit
})

function boom(): never {
  throw new TypeError('boom')
}
const handler: (request: Request) => Response = boom
class Plain {
  fetch(): Response {
    return boom()
  }
}
class Field {
  fetch = (): Response => boom()
}
class WorkerEntrypoint {}
class Jobs extends WorkerEntrypoint {
  async scheduled(): Promise<void> {
    await Promise.resolve()
    boom()
  }
}
const ask = () => new Request('http://x/')
const made = (Class: unknown) => new (Class as new (...args: unknown[]) => Plain & Jobs)({}, {})

type Call = (klaxon: Klaxon) => unknown
const calls: [string, Call][] = [
  ['a function', (klaxon) => klaxon.wrap(handler)(ask())],
  ['an object', (klaxon) => klaxon.wrap({ fetch: handler }).fetch(ask())],
  [
    'an async handler',
    (klaxon) =>
      klaxon
        .wrap({ fetch: (async () => boom()) as (request: Request) => Promise<Response> })
        .fetch(ask()),
  ],
  [
    'an event',
    (klaxon) =>
      klaxon
        .wrap({ fetch: handler, scheduled: boom as (event: unknown) => void })
        .scheduled({} as never),
  ],
  ['a class', (klaxon) => made(klaxon.wrap(Plain)).fetch()],
  ['a field of a class', (klaxon) => made(klaxon.wrap(Field)).fetch()],
  ['an event of a class', (klaxon) => made(klaxon.wrap(Jobs)).scheduled()],
  ['a Hono app', (klaxon) => klaxon.wrap(new Hono().get('/', boom)).fetch(ask())],
  [
    'Hono under the middleware',
    (klaxon) => new Hono().use(middleware(klaxon)).get('/', boom).fetch(ask()),
  ],
]
const options: [string, KlaxonOptions][] = [
  ['', {}],
  [' with context', { context: true }],
]

const cases = options.flatMap(([when, given]) =>
  calls.map(([what, call]) => ({ title: `${what}${when}`, given, call })),
)

test.each(cases)('every frame of klaxon is known as such: $title', async ({ given, call }) => {
  const { klaxon, recorded } = recording(given)
  await (async () => call(klaxon))().catch(() => {})
  const [row] = await recorded()
  const frames = row!.errorStack!.split('\n').filter((line) => line.includes('/src/'))
  expect(frames.length).toBeGreaterThan(0)
  expect(frames.filter((line) => !KLAXON_FRAME.test(line))).toEqual([])
})
