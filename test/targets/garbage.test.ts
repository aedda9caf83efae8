import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'

/**
 * Bytes a request by which the old objects grow. A function that V8 allocates as an old object has
 * 64 bytes, and keeps the several kilobytes of its request.
 */
const MOST = 30

const PROGRAM = (subject: string) => `
import { getHeapSpaceStatistics } from 'node:v8'
import { Hono } from 'hono'
import { createKlaxon } from './dist/index.js'
import { klaxon } from './dist/hono/middleware.js'

console.error = () => {}
const subject = '${subject}'
const shared = createKlaxon({ log: false, context: subject.includes('context') })
const app = new Hono()
if (subject.includes('middleware')) app.use(klaxon(shared))
if (subject.includes('composed')) app.use(async (c, next) => next())
for (const path of ['/api/json', '/outside']) app.get(path, (c) => c.json({ a: 1 }))
app.get('/api/text', (c) => c.text('a'))
app.get('/api/response', () => Response.json({ a: 1 }))
const handler = (request) => request.url.includes('text') ? new Response('a') : Response.json({ a: 1 })
const wrapped = subject.includes('handler') ? { fetch: shared.wrap(handler) } : shared.wrap(app)
const { fetch } = subject.includes('middleware alone') ? app : wrapped

const oldBytes = () =>
  getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size
async function send(times) {
  for (let nth = 0; nth < times; nth++)
    for (const path of ['/api/json', '/api/text', '/api/response', '/outside'])
      await (await fetch(new Request('http://localhost' + path))).text()
}
await send(3_000)
let grown = 0
for (let round = 0; round < 40; round++) {
  const before = oldBytes()
  await send(200)
  // A full collection in between makes them fewer.
  grown += Math.max(0, oldBytes() - before)
}
process.stdout.write(String(grown / (40 * 200 * 4)))
`

/** In a process of its own: in this one, other tests have filled the heap. */
function growthOf(subject: string): number {
  const args = ['--input-type=module', '--eval', PROGRAM(subject)]
  return Number(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))
}

it.each([
  'wrapper',
  'wrapper, composed',
  'middleware alone',
  'wrapper, middleware',
  'handler',
  'handler, context',
])(
  'a request under %s leaves nothing among the old objects',
  (subject) => {
    expect(growthOf(subject)).toBeLessThan(MOST)
  },
  60_000,
)
