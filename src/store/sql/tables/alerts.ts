import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AlertReason } from '../../../model/alert.ts'

/**
 * Alerts, one for each channel. An alert waits until `sent_at`, and is claimed until `lease_until`.
 */
export const alerts = sqliteTable(
  'klaxon_alerts',
  {
    id: text().primaryKey(),
    /** The channel's key: its name and a hash of its address. */
    channel: text().notNull(),
    reason: text().$type<AlertReason>().notNull(),
    fingerprint: text().notNull(),
    occurrenceId: text('occurrence_id'),
    createdAt: integer('created_at').notNull(),
    /** The count at its previous alert. A message names the difference. */
    sinceCount: integer('since_count').notNull(),
    /** Whether the alert is part of the channel's next digest, instead of a message. */
    overBudget: integer('over_budget', { mode: 'boolean' }).notNull(),
    /** Times it was sent and refused. After 5 it is given up. */
    tries: integer().notNull().default(0),
    leaseOwner: text('lease_owner'),
    leaseUntil: integer('lease_until'),
    sentAt: integer('sent_at'),
  },
  (table) => [
    index('klaxon_alerts_channel').on(
      table.channel,
      table.overBudget,
      table.sentAt,
      table.tries,
      table.createdAt,
    ),
    index('klaxon_alerts_unsent')
      .on(table.fingerprint)
      .where(sql`sent_at is null`),
  ],
)

/** Channels that have claimed, and their pauses. */
export const channels = sqliteTable('klaxon_channels', {
  /** Its name and a hash of its address. */
  key: text().primaryKey(),
  name: text().notNull(),
  service: text().notNull().default(''),
  environment: text().notNull().default(''),
  /**
   * Unix ms of its last claim. Alerts of a key that is unused for an hour move to the key that
   * replaced it.
   */
  usedAt: integer('used_at').notNull(),
  pausedUntil: integer('paused_until').notNull().default(0),
  /**
   * Whether the channel refused for good (bad URL, removed integration).
   */
  permanent: integer({ mode: 'boolean' }).notNull().default(false),
  /** Why it is paused, in the log's words. */
  reason: text(),
})

/**
 * The texts that channels keep about issues, such as the id of the message that starts a thread.
 */
export const threads = sqliteTable(
  'klaxon_threads',
  {
    channel: text().notNull(),
    fingerprint: text().notNull(),
    value: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channel, table.fingerprint] })],
)
