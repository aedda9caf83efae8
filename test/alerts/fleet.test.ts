import { beforeAll, expect, test } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { type FleetOptions, runFleet } from '../support/rig/fleet.ts'
import { soak } from '../support/rig/scale.ts'
import { emptied } from '../support/store-wipe.ts'

const store = libsql({ url: ':memory:' })
beforeAll(() => migrate(store))

const hours = soak ? 12 : 0.5
const FLEETS: [string, FleetOptions][] = [
  ['all faults at once', { seed: 1, hours, flood: true }],
  ['nothing but clocks that differ and jump', { seed: 3, hours, faults: false }],
  ...(soak
    ? Array.from({ length: 4 }, (_, nth): [string, FleetOptions] => [
        `seed ${nth + 10}`,
        { seed: nth + 10, hours, flood: nth % 2 === 0, services: ['shop', 'mail', 'pay'] },
      ])
    : []),
]

test.each(FLEETS)(
  'with %s no alert is lost, late, doubled or crossed',
  async (name, options) => {
    const { events, messages, digests, gaveUp, unknown, twice, ...wrong } = await runFleet(
      await emptied(store),
      options,
    )
    if (soak) console.log(name, { events, messages, digests, gaveUp, unknown, twice, ...wrong })
    expect(wrong).toEqual({ lost: [], late: [], doubled: [], crossed: [] })
    expect(events).toBeGreaterThan(hours * 30)
    expect(unknown).toBeLessThan(events / 100)
    if (options.faults === false) expect(twice).toBe(0)
  },
  soak ? 1_800_000 : 120_000,
)
