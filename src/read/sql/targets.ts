import { MAX_CHANGED_ISSUES } from '../limits.ts'
import { badQuery } from '../query/words.ts'
import type { Target } from '../types.ts'
import { matching, read } from './list.ts'
import { rangeOf } from './refs.ts'
import type { Run } from './run.ts'
import { sql } from './statement.ts'

export interface Targeted {
  found: string[]
  missing: string[]
  more: boolean
}

/** Issues that an action reads: all of them. */
const NO_WINDOW = 1_000_000
const WHOLE_FINGERPRINT = /^v\d+:[\da-f]{32}$/
const REFS_AT_ONCE = 40

/** Finds the issues of an action. @throws KlaxonError for an ambiguous reference */
export async function fingerprintsOf(run: Run, now: number, target: Target): Promise<Targeted> {
  if (typeof target === 'object' && 'query' in target) return byQuery(run, now, target.query)
  const refs = [...new Set(typeof target === 'string' ? [target] : target)]
  if (refs.length > MAX_CHANGED_ISSUES)
    throw badQuery(`at most ${MAX_CHANGED_ISSUES} issues at once`)
  const whole = refs.filter((ref) => WHOLE_FINGERPRINT.test(ref))
  const starts = refs.filter((ref) => !WHOLE_FINGERPRINT.test(ref))
  const found = new Set<string>()
  const missing: string[] = []
  if (whole.length > 0) {
    const [rows] = await run([
      sql`select fingerprint from klaxon_issues where fingerprint in (select value from json_each(${JSON.stringify(whole)}))`,
    ])
    const there = new Set(rows!.map(({ fingerprint }) => String(fingerprint)))
    for (const ref of whole) if (there.has(ref)) found.add(ref)
    missing.push(...whole.filter((ref) => !there.has(ref)))
  }
  for (let at = 0; at < starts.length; at += REFS_AT_ONCE) {
    const some = starts.slice(at, at + REFS_AT_ONCE)
    const results = await run(some.map((ref) => rangeOf(ref).matches))
    for (const [nth, ref] of some.entries()) {
      const matches = results[nth]!.map(({ fingerprint }) => String(fingerprint))
      const one = onlyMatch(ref, matches)
      if (one === null) missing.push(ref)
      else found.add(one)
    }
  }
  return { found: [...found], missing, more: false }
}

export function onlyMatch(ref: string, matches: readonly string[]): string | null {
  const [first] = matches
  if (first === undefined) return null
  if (matches.length === 1 || first === ref || first === `v1:${ref}`) return first
  throw badQuery(`"${ref}" is the start of several issues: ${matches.join(', ')}`)
}

async function byQuery(run: Run, now: number, query: string): Promise<Targeted> {
  const asked = read(query, {}, now)
  const [rows] = await run([
    sql`select i.fingerprint from (${matching({
      ...asked,
      limit: MAX_CHANGED_ISSUES,
      window: asked.window === null ? null : NO_WINDOW,
    })}) i`,
  ])
  const found = rows!.map(({ fingerprint }) => String(fingerprint))
  return {
    found: found.slice(0, MAX_CHANGED_ISSUES),
    missing: [],
    more: found.length > MAX_CHANGED_ISSUES,
  }
}
