import type { Alert } from '../../model/alert.ts'

/**
 * An id that is equal for every try of an alert, so that a receiver can drop a second one. It has
 * letters, digits, `-` and `:`.
 */
export function alertId(alert: Alert): string {
  if (alert.kind === 'digest') return `digest-${alert.since}-${alert.issues}-${alert.occurrences}`
  const { issue, occurrence, reason } = alert
  return `${occurrence?.id ?? `${issue.fingerprint}-${issue.count}`}-${reason}`
}

/** Whether the failure is the server's fault. Such an alert is red, others are amber. */
export function isSevere(alert: Alert): boolean {
  if (alert.kind === 'digest') return false
  const { kind, status } = alert.occurrence ?? alert.issue
  return kind === 'thrown' || status >= 500
}
