import type { Hono } from 'hono'
import { createPageReader } from '../read/sql-only.ts'
import { dashboardWith } from './dashboard.tsx'
import type { DashboardInput } from './options.ts'

/** `dashboard()` in a Worker: without the reader for stores that have no SQL, to be smaller. */
export function dashboard(input: DashboardInput): Hono {
  return dashboardWith(createPageReader, input)
}
