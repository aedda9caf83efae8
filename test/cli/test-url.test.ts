import { serve, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { dashboard, type DashboardOptions } from '../../src/dashboard/index.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { runCli } from '../support/cli.ts'

const SECRET = 'a-secret-of-the-dashboard-that-is-long'

let server: ServerType | undefined
afterEach(() => void server?.close())

/** A dashboard over HTTP, and how often its button was pressed. */
async function mounted(own: Partial<DashboardOptions> = {}) {
  const pressed: unknown[] = []
  const klaxon = {
    stats: () => ({}),
    async test() {
      pressed.push(1)
      return [
        { channel: 'slack', ok: true, reason: null },
        { channel: 'email', ok: false, reason: 'the key is refused' },
      ]
    },
  }
  const options = { store: memory(), auth: { secret: SECRET }, klaxon, ...own }
  const app = new Hono().route('/klaxon', dashboard(options))
  server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/klaxon`
  const run = (secret = SECRET) =>
    runCli(['test', '--url', `${url}/`], { env: { KLAXON_SECRET: secret, USER: 'ada lovelace' } })
  return { run, pressed }
}

test('the service behind the dashboard sends the test alert through its own channels', async () => {
  const { run, pressed } = await mounted()
  expect(await run()).toEqual({
    code: 5,
    stdout: 'sent slack\nfailed email: the key is refused\n',
    stderr: '',
  })
  expect(pressed).toHaveLength(1)
})

test.each<[string, Partial<DashboardOptions>, string, number, RegExp]>([
  ['a wrong secret', {}, 'another', 4, /does not take KLAXON_SECRET/],
  ['no secret', {}, '', 4, /KLAXON_SECRET must hold/],
  ['a dashboard without klaxon', { klaxon: undefined }, SECRET, 4, /needs the option `klaxon`/],
  ['a dashboard to look at', { readOnly: true }, SECRET, 4, /must not be read-only/],
  ['a way in of its own', { auth: { by: () => ({ name: 'ada' }) } }, SECRET, 3, /`auth: \{ secret/],
])('%s is said, and nothing is sent', async (_what, own, secret, code, words) => {
  const { run, pressed } = await mounted(own)
  const ran = await run(secret)
  expect(ran).toMatchObject({ code, stdout: '' })
  expect(ran.stderr).toMatch(words)
  expect(ran.stderr).not.toContain(SECRET)
  expect(pressed).toEqual([])
})
