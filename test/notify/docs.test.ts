import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import browser from '../../examples/browser.ts'
import heartbeat from '../../examples/heartbeat.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { emptySqld } from '../support/sqld.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** The lines of the code, trimmed. */
const lines = (code: string): string[] =>
  code.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))

test('the code in docs/alerts.md is that of the examples, which are compiled', () => {
  const examples = readdirSync(new URL('examples', root)).filter((name) => name.endsWith('.ts'))
  const known = examples.map((name) => new Set(lines(read(`examples/${name}`))))
  const blocks = [...read('docs/alerts.md').matchAll(/```ts\n([^]*?)```/g)]
  expect(blocks.length).toBeGreaterThan(1)
  for (const [, code] of blocks)
    expect(known.some((all) => lines(code!).every((line) => all.has(line)))).toBe(true)
})

test('the examples of a job and of a browser’s errors do what the page says', async () => {
  const sqld = await emptySqld()
  const store = libsql({ url: sqld.url })
  const env = { LIBSQL_URL: sqld.url }
  const waiting: Promise<unknown>[] = []
  const ctx = {
    waitUntil: (promise: Promise<unknown>) => void waiting.push(promise),
    passThroughOnException() {},
    props: {},
  }
  for (const cron of ['0 3 * * *', '0 * * * *']) await heartbeat.scheduled({ cron }, env, ctx)
  const origin = 'https://shop.example.com'
  const body = JSON.stringify({ name: 'TypeError', message: 'no cart', url: `${origin}/cart` })
  const request = new Request(`${origin}/errors`, { method: 'POST', body, headers: { origin } })
  const response = await browser.fetch(request, env, ctx as never)
  expect([response.status, response.headers.get('x-klaxon-intake')]).toEqual([204, null])
  expect(await (await browser.request('/errors', {}, env, ctx as never)).text()).toContain(
    'sendBeacon',
  )
  await Promise.all(waiting)
  expect(await store.occurrences()).toMatchObject([{ kind: 'browser', service: 'shop/browser' }])
  const sql = 'select name, last_at from klaxon_heartbeats'
  const [jobs] = await driverOf(store)!.batch([{ sql, params: [] }], 'read')
  expect(jobs!.rows).toMatchObject([{ name: 'nightly-import' }])
  await sqld.stop()
})
