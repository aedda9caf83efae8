import type { Store } from '../../model/store.ts'
import { badOption } from '../sql/bad-option.ts'
import { batchStore } from '../sql/create-store.ts'
import { createDailyRows } from './_daily-rows.ts'
import type { D1Like } from './_database.ts'
import { d1Driver } from './_driver.ts'
import { writeSparing } from './_sparing.ts'

export type { D1Like, D1ResultLike, D1StatementLike } from './_database.ts'
export { migrate } from '../sql/migrate.ts'

/** Options of `d1()`. */
export interface D1Options {
  /** The binding, such as `env.KLAXON_DB`. */
  database: D1Like
  /**
   * Creates the tables when the first one is missing.
   * @default true
   */
  migrate?: boolean
  /**
   * Rows that klaxon writes per day (UTC), by D1's own count, indexes included. Above it, klaxon
   * counts and alerts without rows. On the free plan D1 takes 100,000 rows per day of the whole
   * account, and then refuses the writes of all its databases. `Infinity` for no limit.
   * @default 50_000
   */
  maxRowsWrittenPerDay?: number
}

/**
 * D1 takes 2 MB for a parameter (https://developers.cloudflare.com/d1/platform/limits/). On the
 * free plan it takes 50 queries per invocation, the app's included.
 */
const D1_LIMITS = { statements: 45, parameterBytes: 1_900_000 }

/**
 * Makes a store on Cloudflare D1.
 * @example
 * withKlaxon(app, (env) => ({ store: d1({ database: env.KLAXON_DB }) }))
 * @throws KlaxonError for an option that cannot work
 */
export function d1(options: D1Options): Store {
  const { database, migrate, maxRowsWrittenPerDay = 50_000 } = check(options)
  const rows = createDailyRows(maxRowsWrittenPerDay)
  const store = batchStore({
    ...rows.counting(d1Driver(database)),
    limits: D1_LIMITS,
    ...(migrate === undefined ? {} : { migrate }),
  })
  return {
    ...store,
    write: writeSparing(store, { rows, notice: overLimit(maxRowsWrittenPerDay) }),
  }
}

function overLimit(limit: number): string {
  return (
    `klaxon wrote ${limit} rows to D1 today: until midnight UTC it only counts and alerts. ` +
    'On a paid plan raise `maxRowsWrittenPerDay` of d1()'
  )
}

function check(options: D1Options): D1Options {
  const database = options?.database as Partial<D1Like> | undefined
  if (typeof database?.prepare !== 'function' || typeof database.batch !== 'function')
    throw badOption(
      'd1',
      'database',
      'be a D1 binding, such as env.KLAXON_DB of the wrangler config',
    )
  const { migrate, maxRowsWrittenPerDay: maxRows } = options
  if (migrate !== undefined && typeof migrate !== 'boolean')
    throw badOption('d1', 'migrate', 'be true or false, or left out')
  if (maxRows !== undefined && !(typeof maxRows === 'number' && maxRows >= 1))
    throw badOption('d1', 'maxRowsWrittenPerDay', 'be a number from 1 up, or left out')
  return options
}
