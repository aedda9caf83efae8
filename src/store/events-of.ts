import type { ChangedBy, IssueChange } from '../model/store.ts'

/** The events that the history keeps of a change: `resolved`, `muted`, `comment` and the like. */
export function eventsOf(change: IssueChange, by: ChangedBy): string[] {
  const { state, mutedUntil, mutedUntilCount } = change
  const what: string[] = []
  if (state === 'resolved') what.push('resolved')
  else if (state !== undefined) what.push(state === 'open' ? 'reopened' : 'ignored')
  if (mutedUntil != null || mutedUntilCount != null) what.push('muted')
  else if (mutedUntil === null || mutedUntilCount === null) what.push('unmuted')
  if (what.length === 0 && by.comment != null) what.push('comment')
  return what
}
