import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import worker from '../../../examples/worker.ts'

test('the example keeps its house by a cron trigger', async () => {
  expect(await worker.scheduled({ cron: '*/5 * * * *' }, env)).toMatchObject({
    pruned: { occurrences: expect.any(Number) },
    failed: [],
  })
})
