import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type Alert, createKlaxon, type KlaxonOptions } from '../../src/index.ts'
import { sourceMaps } from '../../src/sourcemaps/index.ts'
import { uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { buildShop, filesOf, type Shop } from './builds.ts'
import { sqliteDriver, type TestDriver } from './drivers.ts'

let shop: Shop
let driver: TestDriver

beforeAll(async () => {
  shop = await buildShop({ keepNames: true })
})
beforeEach(async () => {
  driver = sqliteDriver()
  await uploadFiles(driver, 'r1', filesOf(shop.folder))
})
afterEach(() => {
  driver.close()
  vi.useRealTimers()
})

/** The stack in the alert about a failure of the shop. */
async function alertOf(options: KlaxonOptions): Promise<string | null> {
  const alerts: Alert[] = []
  const klaxon = createKlaxon({
    release: 'r1',
    log: false,
    notify: {
      name: 'test',
      async send(alert) {
        alerts.push(alert)
        return { ok: true }
      },
    },
    ...options,
  })
  const { name, message, stack } = shop.failures['/charge']
  klaxon.report(Object.assign(new Error(message), { name, stack }))
  await klaxon.flush()
  expect(alerts).toHaveLength(1)
  const [alert] = alerts
  return alert!.kind === 'issue' ? alert!.occurrence!.errorStack : null
}

it('an alert shows the places in the sources, and none of their lines', async () => {
  const stack = await alertOf({ sourceMaps: sourceMaps({ store: driver }) })
  expect(stack).toMatch(
    /\.capture \(src\/pay\/gateway\.ts:17:13\)\n {4}at chargeCard \(src\/pay\/charge\.ts:20:18\)/,
  )
  expect(stack).not.toContain('throw new')
})

it('an alert goes out with the engine’s stack while the maps’ database is away', async () => {
  const away = { batch: () => Promise.reject(new Error('away')) }
  expect(await alertOf({ sourceMaps: sourceMaps({ store: away }) })).toContain('index.js:1:')
})

it('an alert waits half a second for the maps’ database, then goes out', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 100 })
  const hangs = { batch: () => new Promise<never>(() => {}) }
  expect(await alertOf({ sourceMaps: sourceMaps({ store: hangs }) })).toContain('index.js:1:')
})

it('the option takes what `sourceMaps()` gives, and nothing else', () => {
  expect(() => createKlaxon({ sourceMaps: true as never })).toThrow(
    /option `sourceMaps` must be sourceMaps\(\) of klaxon\/sourcemaps/,
  )
})

it('the token of the maps’ store is a secret of klaxon’s', async () => {
  const token = 'maps-token-0123456789'
  const store = { batch: driver.batch, secrets: [token] }
  const stack = await alertOf({ sourceMaps: sourceMaps({ store }) })
  expect(stack).toContain('src/pay/gateway.ts')
  const seen: Alert[] = []
  const klaxon = createKlaxon({
    log: false,
    sourceMaps: sourceMaps({ store }),
    notify: { name: 'test', send: async (alert) => (seen.push(alert), { ok: true }) },
  })
  klaxon.report(new Error(`refused ${token}`))
  await klaxon.flush()
  expect(JSON.stringify(seen)).not.toContain(token)
})
