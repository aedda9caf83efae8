import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Settings that the klaxons of a service share: `retention`, `maintain` (its lease), `policy`. */
export const settings = sqliteTable(
  'klaxon_settings',
  {
    /** Empty for none. */
    service: text().notNull(),
    name: text().notNull(),
    value: text().notNull(),
    /** Unix ms. */
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.service, table.name] })],
)

/** Jobs that must run, with their last run. */
export const heartbeats = sqliteTable(
  'klaxon_heartbeats',
  {
    /** Empty for none. */
    service: text().notNull(),
    environment: text().notNull(),
    name: text().notNull(),
    /** ms between two runs. */
    everyMs: integer('every_ms').notNull(),
    /** ms that a run may be late. */
    graceMs: integer('grace_ms').notNull(),
    /** Unix ms of the last run that ended well. For a job that never ran: when it was declared. */
    lastAt: integer('last_at').notNull(),
    /** Unix ms at which a missed run was last found; null while the job runs. */
    missedAt: integer('missed_at'),
  },
  (table) => [primaryKey({ columns: [table.service, table.environment, table.name] })],
)
