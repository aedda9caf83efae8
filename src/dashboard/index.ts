import type { Hono } from 'hono'
import { createReader } from '../read/reader.ts'
import { dashboardWith } from './dashboard.tsx'
import type { DashboardInput } from './options.ts'

export type { DashboardAuth, DashboardKlaxon, DashboardOptions, Visitor } from './options.ts'

/**
 * The dashboard: a Hono app to mount in the Worker or server that you have.
 *
 * It fails closed: without `auth`, or with a secret under 32 characters, every route is a plain
 * 404.
 *
 * @example
 * app.route('/klaxon', dashboard((env) => ({
 *   store: d1({ database: env.KLAXON_DB }),
 *   auth: { secret: env.KLAXON_SECRET },
 * })))
 */
export function dashboard<Env = any>(input: DashboardInput<Env>): Hono {
  return dashboardWith(createReader, input as DashboardInput)
}
