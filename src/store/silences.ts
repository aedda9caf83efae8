import type { IssueChange } from '../model/store.ts'

/** Whether a change deletes the issue's waiting alerts: after it the issue must not alert. */
export function silences(
  { state, mutedUntil, mutedUntilCount }: IssueChange,
  callersNow: number,
): boolean {
  const isClosed = state !== undefined && state !== 'open'
  return isClosed || (mutedUntil ?? 0) > callersNow || (mutedUntilCount ?? null) !== null
}
