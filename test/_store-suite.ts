import { describe } from 'vitest'
import type { Store } from '../src/core/types.ts'
import { alerting } from './_store-suite-alerts.ts'
import { leasing } from './_store-suite-leases.ts'
import { upkeep } from './_store-suite-upkeep.ts'
import { writing } from './_store-suite-writing.ts'

/** How one implementation is made for the suite. */
export interface StoreCase {
  /** A migrated store that is empty. */
  open(): Promise<Store>
}

/** What every store does, whatever it is made of. */
export function storeSuite(title: string, { open }: StoreCase): void {
  describe(title, () => {
    writing(open)
    alerting(open)
    leasing(open)
    upkeep(open)
  })
}
