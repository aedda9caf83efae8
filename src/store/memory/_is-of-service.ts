import type { IssueRecord } from '../../alerts/policy.ts'
import type { WriteBatch } from '../../model/store.ts'

/** Whether an issue belongs to the batch's service or its browsers, and to its environment. */
export function isOfService(
  issue: Pick<IssueRecord, 'service' | 'environment'>,
  { service = null, environment = null }: Pick<WriteBatch, 'service' | 'environment'>,
): boolean {
  const asked = service ?? ''
  const actual = issue.service ?? ''
  return (
    (actual === asked || actual === `${asked}/browser`) &&
    (issue.environment ?? '') === (environment ?? '')
  )
}
