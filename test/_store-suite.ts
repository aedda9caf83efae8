import { describe } from 'vitest'
import type { Store } from '../src/core/types.ts'
import { alerting } from './_store-suite-alerts.ts'
import { leasing } from './_store-suite-leases.ts'
import { upkeep } from './_store-suite-upkeep.ts'
import { writing } from './_store-suite-writing.ts'

/** What every store does, whatever it is made of. `open` gives a migrated store that is empty. */
export function storeSuite(title: string, open: () => Promise<Store>): void {
  describe(title, () => {
    writing(open)
    alerting(open)
    leasing(open)
    upkeep(open)
  })
}
