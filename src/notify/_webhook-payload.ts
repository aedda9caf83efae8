import { cut } from '../core/safe-text.ts'
import type { Alert, AlertReason, Issue, IssueAlert, Occurrence } from '../core/types.ts'
import { safeJson } from './_json.ts'
import { alertId, headline } from './_text.ts'

/** What a receiver of `klaxon/webhook` gets. Times are Unix ms; an unknown member or type is to be ignored. */
export type WebhookPayload =
  | {
      /** Equal when the same alert is sent again: receive it once. */
      id: string
      type: `issue.${AlertReason}`
      /** The alert in one line. */
      text: string
      /** False when the database could not be reached. */
      stored: boolean
      url: string | null
      issue: Issue
      occurrence: Occurrence | null
    }
  | {
      id: string
      type: 'digest'
      text: string
      stored: boolean
      url: string | null
      digest: { issues: number; occurrences: number; since: number }
    }

/** UTF-16 units of a body; where it has more, stack, causes, headers and extra are left out. */
const MAX_BODY = 64_000

/** The body of one delivery: the alert with nothing but data in it, each text capped as records are. */
export function webhookBody(alert: Alert): string {
  const body = safeJson(webhookPayload(alert))
  if (body.length <= MAX_BODY || alert.kind === 'digest' || !alert.occurrence) return body
  const { occurrence } = alert
  const lean = { ...occurrence, errorStack: null, causes: null, headers: null, extra: null }
  return safeJson(webhookPayload({ ...alert, occurrence: lean }))
}

export function webhookPayload(alert: Alert): WebhookPayload {
  const { stored, url } = alert
  const shared = { id: alertId(alert), text: headline(alert), stored, url }
  if (alert.kind === 'digest') {
    const { issues, occurrences, since } = alert
    return { ...shared, type: 'digest', digest: { issues, occurrences, since } }
  }
  return { ...shared, type: `issue.${alert.reason}`, ...records(alert) }
}

function records({ issue, occurrence }: IssueAlert) {
  return {
    issue: capped(issue),
    occurrence: occurrence && {
      ...capped(occurrence),
      errorMessage: cap(occurrence.errorMessage, 2_048),
      errorStack: cap(occurrence.errorStack, 16_384),
      path: cut(occurrence.path, 2_048),
    },
  }
}

function cap(text: string | null, max: number): string | null {
  return text === null ? null : cut(text, max)
}

/** Every text of a record at 512: names, ids, addresses. */
function capped<T extends Issue | Occurrence>(record: T): T {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      typeof value === 'string' ? cut(value, 512) : value,
    ]),
  ) as unknown as T
}
