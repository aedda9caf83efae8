import { sql } from 'drizzle-orm'
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Breadcrumb, Cause, Kind } from '../../../model/occurrence.ts'

/** One row for each occurrence. Times are Unix ms. */
export const occurrences = sqliteTable(
  'klaxon_occurrences',
  {
    id: text().primaryKey(),
    occurredAt: integer('occurred_at').notNull(),
    fingerprint: text().notNull(),
    title: text().notNull(),
    kind: text().$type<Kind>().notNull(),
    service: text(),
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
    context: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    breadcrumbs: text({ mode: 'json' }).$type<Breadcrumb[]>(),
    debugIds: text('debug_ids', { mode: 'json' }).$type<Record<string, string>>(),
    resentFrom: text('resent_from'),
    durationMs: real('duration_ms'),
  },
  (table) => [
    index('klaxon_occurrences_fingerprint').on(table.fingerprint, table.occurredAt, table.id),
    index('klaxon_occurrences_occurred_at').on(table.occurredAt, table.id),
    index('klaxon_occurrences_user')
      .on(table.userId, table.occurredAt)
      .where(sql`user_id is not null`),
    index('klaxon_occurrences_trace')
      .on(table.traceId)
      .where(sql`trace_id is not null`),
    index('klaxon_occurrences_resent')
      .on(table.resentFrom)
      .where(sql`resent_from is not null`),
  ],
)

/**
 * Ids that are counted without a row: merged occurrences, and rows that retention has just deleted.
 * Without them, writing a batch again would count twice.
 */
export const countedIds = sqliteTable(
  'klaxon_counted_ids',
  { id: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (table) => [index('klaxon_counted_ids_expires_at').on(table.expiresAt)],
)
