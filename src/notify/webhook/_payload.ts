import { cut } from '../../util/safe-text.ts'
import type { Alert, AlertReason, EarlierEvent, IssueAlert } from '../../model/alert.ts'
import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { safeJson } from '../http/json.ts'
import { alertId } from '../text/alert.ts'
import { safeUrl } from '../text/escape.ts'
import { causeLine, changeLine, headline } from '../text/lines.ts'
import { toMarkdown } from '../../report/markdown.ts'

/**
 * The JSON that `webhook()` sends. Times are Unix ms. A receiver must ignore unknown members and
 * types.
 */
export type WebhookPayload =
  | {
      /** Equal when the same alert is sent again. A receiver drops the second one. */
      id: string
      type: `issue.${AlertReason}`
      /** The alert in one line. */
      text: string
      /** False when the database could not be reached. */
      stored: boolean
      url: string | null
      traceUrl: string | null
      /** The innermost cause, and after arrows the errors that it led to. */
      cause: string | null
      /** What changed, in words. */
      changed: string | null
      /**
       * 20 at most of the places that the newest 50 occurrences come from; empty when there is one
       * only.
       */
      places: string[]
      /** The last alert of each channel name, and the last action of each kind. */
      history: EarlierEvent[]
      /** The occurrence as a report that a person or a coding agent can work from. */
      markdown: string | null
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

/** Places and events at most. */
const MAX_LISTED = 20

/** UTF-16 units of a body at most. */
const MAX_BODY_LENGTH = 64_000

type IssuePayload = Exclude<WebhookPayload, { type: 'digest' }>
type ListedParts = Pick<IssuePayload, 'issue' | 'places' | 'history'>

/**
 * The body of one delivery, with each text cut. When the body is too long, it loses the
 * occurrence's bulk first, then the report's, then the request's context, then the report.
 */
export function webhookBody(alert: Alert): string {
  const payload = webhookPayload(alert)
  const body = safeJson(payload)
  if (body.length <= MAX_BODY_LENGTH || payload.type === 'digest') return body
  if (!payload.occurrence || alert.kind === 'digest') return body
  const lean = withoutBulk(payload.occurrence)
  const least = { ...lean, context: null, breadcrumbs: null, debugIds: null }
  const shorter: IssuePayload[] = [
    { ...payload, occurrence: lean },
    { ...payload, occurrence: lean, markdown: reportOf(alert, lean) },
    { ...payload, occurrence: least, markdown: reportOf(alert, least) },
    { ...payload, occurrence: least, markdown: null },
  ]
  const bodies = shorter.map((each) => safeJson(each))
  return bodies.find(({ length }) => length <= MAX_BODY_LENGTH) ?? bodies.at(-1)!
}

export function webhookPayload(alert: Alert): WebhookPayload {
  const { stored, url } = alert
  const shared = { id: alertId(alert), text: headline(alert), stored, url }
  if (alert.kind === 'digest') {
    const { issues, occurrences, since } = alert
    return { ...shared, type: 'digest', digest: { issues, occurrences, since } }
  }
  const occurrence = alert.occurrence && cutOccurrence(alert.occurrence)
  const { issue, places, history } = listed(alert)
  return {
    ...shared,
    type: `issue.${alert.reason}`,
    traceUrl: safeUrl(alert.traceUrl),
    cause: cap(causeLine(alert) || null, 2_048),
    changed: cap(changeLine(alert) || null, 512),
    places: places.slice(0, MAX_LISTED),
    history,
    markdown: occurrence && reportOf(alert, occurrence),
    issue,
    occurrence,
  }
}

function reportOf(alert: IssueAlert, occurrence: Occurrence): string {
  return toMarkdown({ ...listed(alert), occurrence })
}

/** The issue, its history, and all its places, which the report counts. */
function listed({ issue, places, history }: IssueAlert): ListedParts {
  return {
    issue: capped(issue),
    places: places.map((place) => cut(place, 128)),
    history: history.slice(0, MAX_LISTED).map((event) => capped(event, 64)),
  }
}

function withoutBulk(occurrence: Occurrence): Occurrence {
  return { ...occurrence, errorStack: null, causes: null, headers: null, extra: null }
}

function cutOccurrence(occurrence: Occurrence): Occurrence {
  return {
    ...capped(occurrence),
    errorMessage: cap(occurrence.errorMessage, 2_048),
    errorStack: cap(occurrence.errorStack, 16_384),
    path: cut(occurrence.path, 2_048),
  }
}

function cap(text: string | null, max: number): string | null {
  return text === null ? null : cut(text, max)
}

/** Cuts every text: names, ids, addresses. */
function capped<T extends Issue | Occurrence | EarlierEvent>(members: T, max = 512): T {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [
      key,
      typeof value === 'string' ? cut(value, max) : value,
    ]),
  ) as unknown as T
}
