import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AlertReason } from '../../../model/alert.ts'
import type { IssueState } from '../../../model/issue.ts'
import type { Kind } from '../../../model/occurrence.ts'

/** One row for each issue. Times are Unix ms. */
export const issues = sqliteTable(
  'klaxon_issues',
  {
    fingerprint: text().primaryKey(),
    title: text().notNull(),
    kind: text().$type<Kind>().notNull(),
    service: text(),
    environment: text(),
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
    /** The absolute count at which a muted issue alerts again. */
    mutedUntilCount: integer('muted_until_count'),
    /** JSON list of the newest 20 releases that were known at "resolved in next release". */
    resolvedIn: text('resolved_in', { mode: 'json' }).$type<string[]>(),
    lastOccurrenceId: text('last_occurrence_id'),
    /** When the row was inserted, by the database's clock. The daily caps on new issues use it. */
    createdAt: integer('created_at').notNull(),
    /** Why the next alert is due; null when none is. */
    alertDue: text('alert_due').$type<AlertReason>(),
    alertedAt: integer('alerted_at'),
    /** `count` when the last alert was made. */
    alertedCount: integer('alerted_count').notNull().default(0),
  },
  (table) => [
    index('klaxon_issues_last_seen').on(table.lastSeen, table.fingerprint),
    index('klaxon_issues_state').on(table.state, table.lastSeen, table.fingerprint),
    index('klaxon_issues_created_at').on(table.createdAt),
    index('klaxon_issues_alert_due')
      .on(table.alertDue)
      .where(sql`alert_due is not null`),
  ],
)

/**
 * The history of issues: outcomes of alerts, changes of state, comments. Kept 90 days.
 */
export const events = sqliteTable(
  'klaxon_events',
  {
    /**
     * Made of the alert and its try, or random for each action, so that writing an event twice is
     * harmless.
     */
    id: text().primaryKey(),
    fingerprint: text().notNull(),
    /** Unix ms. */
    at: integer().notNull(),
    /**
     * Such as `sent`, `failed`, `gave up`, `resolved`, `reopened`, `ignored`, `muted`, `comment`.
     */
    what: text().notNull(),
    channel: text(),
    who: text(),
    data: text({ mode: 'json' }).$type<Record<string, unknown>>(),
  },
  (table) => [
    index('klaxon_events_fingerprint').on(table.fingerprint, table.at),
    index('klaxon_events_at').on(table.at),
  ],
)

/**
 * The searched text of an issue: title, message, frames and route, in lower case, at most 2,000
 * characters.
 */
export const texts = sqliteTable('klaxon_texts', {
  fingerprint: text().primaryKey(),
  text: text().notNull(),
})

/**
 * Occurrences by issue and hour. A chart cannot use rows, because rows are capped and pruned.
 * `WITHOUT ROWID`.
 */
export const hours = sqliteTable(
  'klaxon_hours',
  {
    fingerprint: text().notNull(),
    /** Hours since 1970. */
    hour: integer().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.fingerprint, table.hour] })],
)

/**
 * Counts by service, series and hour. Series: `*thrown`, `*5xx`, `*4xx` of all issues; `~captured`,
 * `~stored`, `~fallback`, `~logged`, `~dropped` of the account that isolates report. `WITHOUT
 * ROWID`.
 */
export const series = sqliteTable(
  'klaxon_series',
  {
    /** Empty for none. */
    service: text().notNull(),
    series: text().notNull(),
    /** Hours since 1970. */
    hour: integer().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.service, table.series, table.hour] })],
)

/** Releases, with the time of each one's first failure. */
export const releases = sqliteTable(
  'klaxon_releases',
  {
    /** Empty for none. */
    service: text().notNull(),
    release: text().notNull(),
    /** Unix ms. */
    firstSeen: integer('first_seen').notNull(),
  },
  (table) => [primaryKey({ columns: [table.service, table.release] })],
)
