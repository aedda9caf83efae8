import { raw, sql, type Sql } from './statement.ts'
import type { WriteBatch } from '../../model/store.ts'
import { startOfDay } from './_clock.ts'
import { type BatchParams, ID_INDEX } from './_encode.ts'
import { MAX_AHEAD_MS } from './_limits.ts'

/** The inputs of the statements of a write. */
export interface WriteParts {
  batch: WriteBatch
  params: BatchParams
  now: Sql
}

const at = (place: number): Sql => raw(`e.value->>${place}`)

/** An occurrence's time; the database's time when the occurrence is far ahead of it. */
export const boundedTime = (time: Sql, now: Sql): Sql =>
  sql`iif(${time} > ${now} + ${raw(MAX_AHEAD_MS)}, ${now}, ${time})`

/**
 * Keeps a common table that is joined or read several times, which SQLite would otherwise compute
 * each time. A table that is read once is not kept, so that unused columns cost nothing.
 */
export const KEPT = raw('as materialized')
const READ_ONCE = raw('as')

/** Occurrences of the batch that the store has not counted yet. */
export const fresh = ({ params, now }: WriteParts, how = READ_ONCE): Sql => sql`fresh ${how} (
  select ${at(ID_INDEX.id)} id, ${at(ID_INDEX.fingerprint)} fingerprint, ${at(ID_INDEX.count)} n,
    ${boundedTime(at(ID_INDEX.occurredAt), now)} at, ${at(ID_INDEX.occurredAt)} said_at, ${at(ID_INDEX.release)} release,
    ${at(ID_INDEX.isRow)} is_row, ${at(ID_INDEX.isAlerted)} is_alerted, ${at(ID_INDEX.service)} service, ${at(ID_INDEX.series)} series,
    ${at(ID_INDEX.overflow)} overflow
  from json_each(${params.ids}) e
  where not exists (select 1 from klaxon_occurrences o where o.id = ${at(ID_INDEX.id)})
    and not exists (select 1 from klaxon_counted_ids t where t.id = ${at(ID_INDEX.id)}))`

const overflowFingerprint = ({ overflows }: BatchParams, nth: 0 | 1): Sql =>
  sql`(${overflows}->f.overflow->>${raw(nth)})`

/**
 * Fresh occurrences and the issue that each counts in: its own, or an overflow issue when a daily
 * cap refused its own. The place's overflow issue applies on days on which the place is full. The
 * last case is for a day that ends between two statements.
 */
export const counted = ({ params, now }: WriteParts, how = READ_ONCE): Sql => sql`counted ${how} (
  select f.*, coalesce(
    (select i.fingerprint from klaxon_issues i where i.fingerprint = f.fingerprint),
    (select i.fingerprint from klaxon_issues i where i.fingerprint = ${overflowFingerprint(params, 0)} and i.created_at >= ${startOfDay(now)}),
    (select i.fingerprint from klaxon_issues i where i.fingerprint = ${overflowFingerprint(params, 1)}),
    ${overflowFingerprint(params, 0)}) issue
  from fresh f)`
