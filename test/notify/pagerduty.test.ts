import { expect, test } from 'vitest'
import { pagerduty } from '../../src/notify/pagerduty.ts'
import { anAlert, aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const routingKey = 'R0123456789ABCDEF0123456789ABCDE'

interface Event {
  event_action: string
  dedup_key: string
  payload: { summary: string; severity: string; source: string; custom_details: object }
}

notifierSuite('pagerduty', {
  make: (options) => pagerduty({ routingKey, ...options }),
  accepted: { status: 202, body: '{"status":"success","dedup_key":"x"}' },
  refusals: [
    { status: 400, body: '{"status":"invalid event","errors":["routing_key echo is unknown"]}' },
    { status: 400, body: '{"status":"invalid event","errors":["Invalid routing key"]}' },
    {
      status: 400,
      body: `{"errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`,
    },
    { status: 403 },
  ],
  // PagerDuty names no pause: https://developer.pagerduty.com/docs/events-api-v2-overview
  limited: { answer: { status: 429 }, retryAfterMs: 30_000 },
  expectInert(payload) {
    // PagerDuty shows texts without interpreting them:
    // https://developer.pagerduty.com/docs/send-alert-event
    expect((payload as Event).payload.severity).toMatch(/^(?:error|warning)$/)
  },
  expectWithinLimits(payload, message) {
    expect((payload as Event).payload.summary.length).toBeLessThanOrEqual(1_024)
    expect(message.body.length).toBeLessThan(512_000)
  },
})

test('no key of another length and no other region is taken', () => {
  for (const [key, options] of [
    ['routingKey', { routingKey: 'R0123' }],
    ['routingKey', { routingKey: ` ${routingKey}`.slice(0, 32) }],
    ['region', { routingKey, region: 'de' as never }],
  ] as const)
    expect(() => pagerduty(options)).toThrow(`klaxon: pagerduty(): option \`${key}\` must`)
})

test('an issue is one incident, which resolving it resolves', async () => {
  const vendor = await startVendor()
  vendor.answers({ status: 202 })
  const channel = pagerduty({ routingKey })
  const alert = aThrow()
  await channel.send(alert, vendor.context)
  await channel.resolve!({ ...alert, reason: 'resolved' }, vendor.context)
  await vendor.close()
  const [opened, closed] = vendor.received.map(({ body }) => JSON.parse(body) as Event)
  expect(opened).toMatchObject({ event_action: 'trigger', payload: { severity: 'error' } })
  expect(closed).toMatchObject({ event_action: 'resolve', dedup_key: opened!.dedup_key })
})

test('a 4xx is a warning, and the service is the source', async () => {
  const vendor = await startVendor()
  vendor.answers({ status: 202 })
  await pagerduty({ routingKey, region: 'eu' }).send(anAlert({ host: null }), vendor.context)
  await vendor.close()
  const { payload } = JSON.parse(vendor.received[0]!.body) as Event
  expect(payload).toMatchObject({ severity: 'warning', source: 'klaxon' })
})
