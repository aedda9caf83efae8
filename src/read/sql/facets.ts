import { FACET_SAMPLE_ROWS } from '../limits.ts'
import type { EdgeCount, Facet, FacetName, Facets } from '../types.ts'
import { number } from './columns.ts'
import { FACET_COLUMNS } from './occurrences.ts'
import { raw, sql, type Sql } from './statement.ts'

export const FACET_NAMES = Object.keys(FACET_COLUMNS) as FacetName[]
const MAX_FACET_VALUES = 8

const members = raw(FACET_NAMES.map((name) => `'${name}', ${FACET_COLUMNS[name]}`).join(', '))
const edge = raw('iif(colo is null or release is null, null, json_array(colo, release))')

/** Reads all facets in one pass, because D1 takes at most 5 terms in a compound select. */
export function facetsStatement(fingerprint: Sql): Sql {
  return sql`with s as materialized (
  select json_object(${members}, 'edge', ${edge}) v from klaxon_occurrences where fingerprint = ${fingerprint}
  order by occurred_at desc, id desc limit ${raw(String(FACET_SAMPLE_ROWS))})
select f.key name, f.value value, count(*) n from s, json_each(s.v) f where f.type <> 'null' group by 1, 2
union all select '', '', count(*) from s`
}

export function toFacets(rows: readonly Record<string, unknown>[]): Facets {
  const sample = number(rows.find((row) => row['name'] === '')?.['n'])
  const counted = rows.map((row): [string, string, number] => [
    String(row['name']),
    String(row['value']),
    number(row['n']),
  ])
  const pairs = counted.flatMap(([name, value, count]): EdgeCount[] => {
    if (name !== 'edge') return []
    const [colo, release] = JSON.parse(value) as [string, string]
    return [{ colo, release, count }]
  })
  return {
    sample,
    facets: FACET_NAMES.map((name) => facetOf(name, counted)),
    edge: edgeOf(pairs),
  }
}

/** Sorts counts, the highest first. */
export function edgeOf(pairs: readonly EdgeCount[]): EdgeCount[] {
  const name = ({ colo, release }: EdgeCount) => `${colo} ${release}`
  return pairs.toSorted((a, b) => b.count - a.count || (name(a) < name(b) ? -1 : 1))
}

/** @param counted name, value and count */
export function facetOf(name: FacetName, counted: readonly [string, string, number][]): Facet {
  const values = counted.flatMap(([of, value, count]) => (of === name ? [{ value, count }] : []))
  const falling = values.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  return {
    name,
    values: falling.slice(0, MAX_FACET_VALUES),
    total: values.reduce((sum, { count }) => sum + count, 0),
  }
}
