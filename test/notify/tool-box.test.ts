import { expect, test } from 'vitest'
import {
  badOption,
  type Channel,
  facts,
  headline,
  isBlank,
  missingChannel,
  post,
} from '../../src/notify/channel.ts'
import { aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'

/** A channel as a user of the package would write it. */
function ntfy({ url }: { url: string | undefined }): Channel {
  if (isBlank(url)) return missingChannel('ntfy', 'url')
  if (!URL.canParse(url!)) throw badOption('ntfy(): option `url` must be a URL')
  return {
    name: 'ntfy',
    address: url!,
    send(alert, context) {
      const lines =
        alert.kind === 'issue' ? facts(alert).map(({ label, value }) => `${label}: ${value}`) : []
      const headers = { 'content-type': 'text/plain' }
      return post({ url: url!, body: [headline(alert), ...lines].join('\n'), headers }, context)
    },
  }
}

test('a channel is written with the tool box in a dozen lines', async () => {
  const vendor = await startVendor()
  expect(await ntfy({ url: 'https://ntfy.example/alerts' }).send(aThrow(), vendor.context)).toEqual(
    { ok: true },
  )
  await vendor.close()
  expect(vendor.received[0]!.body).toContain('⚠️ 500 Error: Server error at /orders/42')
  expect(ntfy({ url: '' }).missing).toBe('url')
})
