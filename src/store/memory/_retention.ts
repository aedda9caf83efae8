import { isOfService } from './_is-of-service.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { Retention } from '../../model/store.ts'
import { groupBy } from '../../util/group-by.ts'
import { PRUNED_COUNTED_ID_MS, ROWS_PER_ISSUE } from '../sql/_limits.ts'
import type { MemoryRecords } from './_occurrences.ts'

/** Deletes rows that are too old or too many, by the rules of `sql/_prune.ts`. */
export function pruneRecords(
  { issues, rows, countedIds }: MemoryRecords,
  retention: Retention,
  { now, service }: { now: number; service: string | null },
): { occurrences: number; issues: number } {
  const before = { occurrences: rows.size, issues: issues.size }
  const isOf = (one: { service: string | null } | undefined): boolean =>
    one !== undefined && isOfService({ service: one.service, environment: null }, { service })
  const ofService = [...rows.values()].filter(({ fingerprint }) => isOf(issues.get(fingerprint)))
  const { occurrencesMs, occurrences, issuesMs, perIssue = ROWS_PER_ISSUE } = retention

  for (const id of tooMany(ofService, occurrences, perIssue)) {
    countedIds.set(id, now + PRUNED_COUNTED_ID_MS)
    rows.delete(id)
  }
  const cutoff = now - Math.min(occurrencesMs, issuesMs)
  for (const { id, occurredAt } of ofService) if (occurredAt < cutoff) rows.delete(id)

  const used = new Set([...rows.values()].map(({ fingerprint }) => fingerprint))
  for (const issue of issues.values()) {
    const { fingerprint, lastSeen, state, mutedUntil, mutedUntilCount } = issue
    const stays = state === 'ignored' || (mutedUntil ?? 0) > now || mutedUntilCount !== null
    if (isOf(issue) && lastSeen < now - issuesMs && !stays && !used.has(fingerprint))
      issues.delete(fingerprint)
  }
  for (const [id, until] of countedIds) if (until <= now) countedIds.delete(id)
  return { occurrences: before.occurrences - rows.size, issues: before.issues - issues.size }
}

/**
 * Ids of the rows above the cap: the oldest of the issues with most rows. Each issue keeps its
 * newest.
 */
function tooMany(ofService: readonly Occurrence[], maxRows: number, perIssue: number): string[] {
  const ranked = [...groupBy(ofService, ({ fingerprint }) => fingerprint).values()].flatMap(
    (group) =>
      group
        .toSorted(newestFirst)
        .map(({ id, occurredAt }, at) => ({ id, occurredAt, nth: at + 1 })),
  )
  return ranked
    .filter(({ nth }) => nth > perIssue)
    .toSorted((a, b) => b.nth - a.nth || newestFirst(b, a))
    .slice(0, Math.max(0, ofService.length - maxRows))
    .map(({ id }) => id)
}

type Dated = Pick<Occurrence, 'id' | 'occurredAt'>

function newestFirst(a: Dated, b: Dated): number {
  return b.occurredAt - a.occurredAt || (a.id < b.id ? 1 : -1)
}
