import { createHmac } from 'node:crypto'
import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { dashboard } from '../../src/dashboard/index.ts'
import { slackActions } from '../../src/notify/slack/slack.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { createReader } from '../../src/read/reader.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'
const fingerprint = 'v1:00112233445566778899aabbccddeeff'

function click(action_id: string): Request {
  const payload = {
    type: 'block_actions',
    user: { id: 'U042' },
    actions: [{ action_id, value: fingerprint }],
    response_url: 'https://hooks.slack.com/actions/T1/1/x',
  }
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  return new Request('https://app.example/slack', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${mac}`,
    },
    body,
  })
}

test('what was done in Slack and in the dashboard stands in one history, with who did it', async () => {
  const store = sqlite({ path: ':memory:' })
  await store.write(
    aBatch({ now: Date.now(), occurrences: [anEntry({ fingerprint, occurredAt: Date.now() })] }),
  )
  const onAction = slackActions({ signingSecret, store, fetch: async () => new Response('ok') })
  const app = new Hono().route(
    '/klaxon',
    dashboard({ store, auth: { by: () => ({ name: 'ada' }) } }),
  )
  const state = async () => (await store.issues())[0]!.state
  expect((await onAction(click('klaxon_resolve'))).status).toBe(200)
  await vi.waitFor(async () => expect(await state()).toBe('resolved'))
  const reopened = await app.request(`https://app.example/klaxon/i/${fingerprint}`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ action: 'reopen' }),
  })
  expect(reopened.status).toBe(303)
  expect(await state()).toBe('open')
  const { history } = (await createReader(store).issue(fingerprint))!
  expect(history.map(({ what, who }) => [what, who])).toEqual([
    ['reopened', 'ada'],
    ['resolved', '<@U042>'],
  ])
  const page = await app.request(`https://app.example/klaxon/i/${fingerprint}`)
  const html = await page.text()
  expect(html).toContain('<b>ada </b>reopened')
  expect(html).toContain('<b>U042 in Slack </b>resolved')
})

test('times that are of another zone than the page say so', async () => {
  const store = sqlite({ path: ':memory:' })
  await store.write(
    aBatch({ now: Date.now(), occurrences: [anEntry({ fingerprint, occurredAt: Date.now() })] }),
  )
  for (const [timeZone, isSaid] of [
    ['UTC', false],
    ['Asia/Tokyo', true],
  ] as const) {
    const app = dashboard({ store, timeZone, path: '', auth: { by: () => ({ name: 'ada' }) } })
    const html = await (await app.request(`/i/${fingerprint}`)).text()
    expect(html).toContain('Why (not) an alert')
    expect(html.includes('These times are UTC')).toBe(isSaid)
  }
})

test.each<[string, KlaxonOptions['alerts'], string]>([
  ['every occurrence', 'every', 'one for each occurrence'],
  [
    'the quiet ones',
    'quiet',
    '4xx from their tenth occurrence within an hour (quiet) · again after 5 min · at most 10 a minute',
  ],
  ['those as usual', undefined, 'again after 5 min · at most 10 a minute'],
  [
    'those of a status',
    { minStatus: 500 },
    'again after 5 min · at most 10 a minute · from status 500',
  ],
])('the page of the settings says in words: %s', async (_which, alerts, words) => {
  const store = sqlite({ path: ':memory:' })
  await store.write(aBatch({ now: Date.now(), occurrences: [] }))
  const klaxon = createKlaxon({
    store,
    alerts,
    log: false,
    notify: { name: 'mail', send: async () => ({ ok: true }) },
  })
  await klaxon.maintain()
  const app = new Hono().route(
    '/klaxon',
    dashboard({ store, auth: { by: () => ({ name: 'ada' }) } }),
  )
  const page = await app.request('https://app.example/klaxon/health')
  const text = (await page.text()).replace(/<[^>]*>/g, '|')
  expect(/\|Settings\|.*\|Alerts\|+([^|]*)/s.exec(text)?.[1]).toBe(words)
})
