import { describe } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { alerting } from './store-alerts.ts'
import { channels } from './store-channels.ts'
import { capping } from './store-caps.ts'
import { telling } from './store-history.ts'
import { leasing } from './store-leases.ts'
import { changing } from './store-state.ts'
import { upkeep } from './store-maintenance.ts'
import { writing } from './store-writing.ts'

/** The suite that every store passes. `openStore` returns an empty, migrated store. */
export function storeSuite(title: string, openStore: () => Promise<Store>): void {
  const open = async (): Promise<Store> => onCallersTime(await openStore())
  describe(title, () => {
    writing(open)
    alerting(open)
    telling(open)
    capping(open)
    channels(open)
    leasing(open)
    upkeep(open)
    changing(open)
  })
}
