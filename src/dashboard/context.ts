import type { Context } from 'hono'
import type { Pass } from './admission.ts'
import type { DashboardSetup } from './setup.ts'
import type { View } from './view.ts'

/** The variables of the Hono context. */
export interface DashboardEnv {
  Variables: { setup: DashboardSetup; view: View; pass: Pass }
}
export type DashboardContext = Context<DashboardEnv>
