import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { sourceMaps } from '../../src/sourcemaps/source-maps.ts'
import { uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { addFunction, buildShop, filesOf, type Shop } from './builds.ts'
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
afterEach(() => driver.close())

const occurrence = (release = 'r1'): Occurrence => {
  const { name, message, stack } = shop.failures['/charge']
  return {
    errorName: name,
    errorMessage: message,
    errorStack: stack,
    causes: [shop.failures['/late'], { name: 'Error', message: 'no stack', stack: null }],
    release,
    occurredAt: Date.now(),
    runtime: 'node',
    debugIds: null,
  } as Partial<Occurrence> as Occurrence
}

describe('the stack of an alert', () => {
  it('has the places in the sources, and the same first line', async () => {
    const { errorStack, causes } = await sourceMaps({ store: driver }).map(occurrence(), undefined)
    expect(errorStack!.split('\n').slice(0, 5)).toEqual([
      'TypeError: Cannot charge -10 cents',
      expect.stringMatching(/^ {4}at \w+\.capture \(src\/pay\/gateway\.ts:17:13\)$/),
      '    at chargeCard (src/pay/charge.ts:20:18)',
      '    at Array.<anonymous> (src/routes.ts:15:37)',
      expect.stringMatching(/^ {4}at .*\(node_modules\/hono\/dist\/hono-base\.js:\d+\)$/),
    ])
    expect(causes![0]!.stack).toContain(
      'Error: no door called door\n    at requireDoor (src/late.ts:19:11)',
    )
    expect(causes![1]!.stack).toBeNull()
  })

  it('never holds a line of a source', async () => {
    const { errorStack } = await sourceMaps({ store: driver }).map(occurrence(), undefined)
    expect(errorStack).not.toContain('throw new TypeError')
    expect(driver.batches).toBeGreaterThan(0)
  })

  it('stays as it is without a map, without a store, and while the database is away', async () => {
    const unknown = occurrence('r9')
    expect(await sourceMaps({ store: driver }).map(unknown, undefined)).toEqual(unknown)
    const value = occurrence()
    expect(await sourceMaps().map(value, undefined)).toBe(value)
    const away = { batch: () => Promise.reject(new Error('away')) }
    expect(await sourceMaps({ store: away }).map(value, undefined)).toEqual(value)
  })

  it('stays as it is when the map seems to be another build’s', async () => {
    const near = await buildShop({ keepNames: true }, addFunction)
    await uploadFiles(driver, 'r1', filesOf(near.folder))
    const value = occurrence()
    expect(await sourceMaps({ store: driver }).map(value, undefined)).toBe(value)
  })
})
