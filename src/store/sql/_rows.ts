import { raw, sql, type Sql } from './statement.ts'
import { counted, fresh, KEPT, type WriteParts } from './_fresh.ts'
import { columnOf, OCCURRENCE_KEYS } from './_keys.ts'
import { COUNTED_ID_MS } from './_limits.ts'

const columnNames = raw(OCCURRENCE_KEYS.map(columnOf).join(', '))
const columnValues = raw(OCCURRENCE_KEYS.map(valueOf).join(', '))

function valueOf(key: (typeof OCCURRENCE_KEYS)[number], at: number): string {
  const value = `r.v->>${at}`
  if (key === 'fingerprint') return 'c.issue'
  if (key === 'occurredAt') return 'c.at'
  // Records how far the occurrence's clock was ahead.
  if (key === 'extra')
    return `iif(c.said_at > c.at, json_set(coalesce(${value}, '{}'), '$.clockAheadMs', c.said_at - c.at), ${value})`
  return value
}

/** Inserts the rows of fresh occurrences. */
export function insertRows(parts: WriteParts, rows: string): Sql {
  // `jsonb` parses a row once instead of once for each column. It takes a third of the time.
  return sql`with ${fresh(parts)}, ${counted(parts, KEPT)}, r as materialized (select jsonb(value) v from json_each(${rows}))
insert into klaxon_occurrences (${columnNames})
select ${columnValues} from r join counted c on c.id = r.v->>0 where true
on conflict (id) do nothing`
}

/** Stores ids that are counted without a row, so that a second write does not count them. */
export function insertCountedIds({ now }: Pick<WriteParts, 'now'>, ids: string): Sql {
  return sql`insert into klaxon_counted_ids (id, expires_at)
select value, ${now} + ${raw(COUNTED_ID_MS)} from json_each(${ids}) where true
on conflict (id) do nothing`
}
