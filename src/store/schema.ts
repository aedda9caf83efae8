import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AlertReason, Cause, IssueState, Kind } from '../core/types.ts'

/** One row per captured failure. Times are Unix ms. */
export const occurrences = sqliteTable(
  'klaxon_occurrences',
  {
    id: text().primaryKey(),
    occurredAt: integer('occurred_at').notNull(),
    fingerprint: text().notNull(),
    title: text().notNull(),
    kind: text().$type<Kind>().notNull(),
    status: integer().notNull(),
    method: text().notNull(),
    path: text().notNull(),
    query: text(),
    route: text(),
    host: text(),
    clientIp: text('client_ip'),
    userAgent: text('user_agent'),
    userId: text('user_id'),
    username: text(),
    errorName: text('error_name'),
    errorMessage: text('error_message'),
    errorStack: text('error_stack'),
    causes: text({ mode: 'json' }).$type<Cause[]>(),
    requestId: text('request_id'),
    traceId: text('trace_id'),
    release: text(),
    environment: text(),
    runtime: text().notNull(),
    colo: text(),
    country: text(),
    headers: text({ mode: 'json' }).$type<Record<string, string>>(),
    extra: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    durationMs: real('duration_ms'),
  },
  (table) => [
    index('klaxon_occurrences_fingerprint').on(table.fingerprint, table.occurredAt),
    index('klaxon_occurrences_occurred_at').on(table.occurredAt),
  ],
)

/** One row per group of occurrences with the same fingerprint. Times are Unix ms. */
export const issues = sqliteTable(
  'klaxon_issues',
  {
    fingerprint: text().primaryKey(),
    title: text().notNull(),
    kind: text().$type<Kind>().notNull(),
    status: integer().notNull(),
    method: text().notNull(),
    route: text(),
    firstSeen: integer('first_seen').notNull(),
    lastSeen: integer('last_seen').notNull(),
    count: integer().notNull(),
    firstRelease: text('first_release'),
    lastRelease: text('last_release'),
    state: text().$type<IssueState>().notNull().default('open'),
    resolvedAt: integer('resolved_at'),
    mutedUntil: integer('muted_until'),
    lastOccurrenceId: text('last_occurrence_id'),
    /** When the row was made, by the writer's clock: what the daily cap on new issues counts. */
    createdAt: integer('created_at').notNull(),
    /** Why the next alert is due; null when none is. */
    alertDue: text('alert_due').$type<AlertReason>(),
    alertedAt: integer('alerted_at'),
    /** `count` when the last alert was made. */
    alertedCount: integer('alerted_count').notNull().default(0),
  },
  (table) => [
    index('klaxon_issues_last_seen').on(table.lastSeen),
    index('klaxon_issues_created_at').on(table.createdAt),
  ],
)

/**
 * Ids that are counted in their issue without being a row: merged entries, and rows that retention took while a late
 * copy of their batch may still arrive. Without them a batch sent again would count twice.
 */
export const tallies = sqliteTable(
  'klaxon_tallies',
  { id: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (table) => [index('klaxon_tallies_expires_at').on(table.expiresAt)],
)

/** Messages to send, one per channel: pending until `sent_at`, claimed while the lease runs. */
export const alerts = sqliteTable(
  'klaxon_alerts',
  {
    id: text().primaryKey(),
    channel: text().notNull(),
    reason: text().$type<AlertReason>().notNull(),
    fingerprint: text().notNull(),
    occurrenceId: text('occurrence_id'),
    createdAt: integer('created_at').notNull(),
    /** The issue's count at its alert before this one: a digest tells the difference. */
    sinceCount: integer('since_count').notNull(),
    /** Told by the channel's next digest instead of by a message of its own. */
    overBudget: integer('over_budget', { mode: 'boolean' }).notNull(),
    leaseOwner: text('lease_owner'),
    leaseUntil: integer('lease_until'),
    sentAt: integer('sent_at'),
  },
  (table) => [
    index('klaxon_alerts_channel').on(
      table.channel,
      table.overBudget,
      table.sentAt,
      table.createdAt,
    ),
    index('klaxon_alerts_unsent')
      .on(table.fingerprint)
      .where(sql`sent_at is null`),
  ],
)

/** Channels that every isolate leaves alone for a while. */
export const channels = sqliteTable('klaxon_channels', {
  name: text().primaryKey(),
  pausedUntil: integer('paused_until').notNull(),
  /** Whether the channel refused for good (bad URL, removed integration) rather than for a moment. */
  permanent: integer({ mode: 'boolean' }).notNull().default(false),
})

/** What channels keep about issues, such as the message that a thread hangs on. */
export const memos = sqliteTable(
  'klaxon_memos',
  {
    channel: text().notNull(),
    fingerprint: text().notNull(),
    value: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channel, table.fingerprint] })],
)
