import type { Alert, AlertReason, DigestAlert, IssueAlert } from '../../model/alert.ts'
import { cut, visible } from '../../util/safe-text.ts'
import { describeStatus } from '../http/status.ts'
import { clean, safeUrl } from './escape.ts'
import { historyLine, placesLine } from './history.ts'
import { formatClock, formatCount, formatTime } from './time.ts'

/** Characters of the path in the headline. The facts have 600. */
const MAX_HEADLINE_PATH_LENGTH = 200
const MAX_BREADCRUMBS = 5
const MAX_CONTEXT_ENTRIES = 10

/** The one line of an alert: `⚠️ 404 Error: /x not found`. */
export function headline(alert: Alert): string {
  const mark = alert.stored ? '' : ' (not stored)'
  if (alert.kind === 'digest') return digestLine(alert) + mark
  const test = alert.reason === 'test' ? 'Test alert: ' : ''
  return `${test}⚠️ ${whatHappened(alert)}${mark}`
}

function whatHappened(alert: IssueAlert): string {
  const { kind, status } = alert.occurrence ?? alert.issue
  const at = clean(placeOf(alert), MAX_HEADLINE_PATH_LENGTH)
  switch (kind) {
    case 'browser':
      return `Browser error on ${at}`
    case 'missed':
      return clean(alert.issue.title, MAX_HEADLINE_PATH_LENGTH)
    case 'thrown':
      // A throw that was answered below 400 counts as 500.
      return `${status} Error: ${describeStatus(status < 400 ? 500 : status, at)}`
    case 'status':
      return `${status} Error: ${describeStatus(status, at)}`
  }
}

/** The message that an issue is resolved. */
export function resolvedLine({ issue }: IssueAlert): string {
  return `✅ Resolved: ${clean(issue.title, MAX_HEADLINE_PATH_LENGTH)}`
}

/** The path; without one the route, else the title. */
export function placeOf({ occurrence, issue }: IssueAlert): string {
  return occurrence?.path ?? issue.route ?? issue.title
}

/** `TypeError: x is not a function`; empty for a plain status. */
export function errorLine({ occurrence }: IssueAlert): string {
  if (!occurrence) return ''
  const { errorName, errorMessage } = occurrence
  return [errorName, errorMessage].filter((part) => part !== null && part !== '').join(': ')
}

/**
 * `SqliteError: database is locked → StoreError: not saved`: the cause first, then the errors that
 * it led to. Empty without a cause.
 */
export function causeLine({ cause, occurrence }: IssueAlert): string {
  if (cause === null) return ''
  const between = (occurrence?.causes ?? []).slice(0, -1).toReversed()
  const led = between.map(({ name, message }) => (message === '' ? name : `${name}: ${message}`))
  return [cause, ...led].join(' → ')
}

/** `orderId: 8812 · plan: pro`; empty without context. */
export function contextLine({ context }: IssueAlert): string {
  return Object.entries(context ?? {})
    .slice(0, MAX_CONTEXT_ENTRIES)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')
}

/** The last breadcrumbs before the failure, one per line. */
export function breadcrumbLines({ occurrence }: IssueAlert): string[] {
  return (occurrence?.breadcrumbs ?? [])
    .slice(-MAX_BREADCRUMBS)
    .map(({ kind, message }) => clean(`${kind}: ${message}`, 60))
}

/** `back in r8 after it was resolved · first seen in r5`; empty when nothing changed. */
export function changeLine({ changed, issue, reason }: IssueAlert): string {
  const { firstRelease } = issue
  const isOld = firstRelease !== null && (reason === 'regression' || reason === 'milestone')
  const parts = [changed, isOld ? `first seen in ${firstRelease}` : null]
  return parts.filter((part) => part !== null && part !== '').join(' · ')
}

/** `104 since 2026-11-21 14:02:10 GMT+9 (milestone)`: count, first occurrence, reason. */
export function countLine({ issue, reason, timeZone }: IssueAlert): string {
  const why = REASONS[reason]
  const since = `${formatCount(issue.count)} since ${formatTime(issue.firstSeen, timeZone)}`
  return why === '' ? since : `${since} (${why})`
}

const REASONS: Record<AlertReason, string> = {
  new: 'new',
  regression: 'back after it was resolved',
  milestone: 'milestone',
  every: '',
  resolved: 'resolved',
  test: 'test',
}

/** Service, environment and release, for a footer: `klaxon · production · 1.4.2`. */
export function origin(alert: Alert): string {
  if (alert.kind === 'digest') return 'klaxon'
  const { environment, release } = alert.occurrence ?? { environment: null, release: null }
  return ['klaxon', alert.issue.service, environment, release]
    .filter((part) => part !== null && part !== '')
    .map((part) => cut(visible(cut(part ?? '', 100)), 100))
    .join(' · ')
}

/**
 * An alert in a few plain lines, for a reply in a thread, or after a channel has refused the rich
 * message.
 */
export function plainText(alert: Alert): string {
  const lines = [headline(alert)]
  if (alert.kind === 'issue') {
    const error = errorLine(alert)
    if (error !== '') lines.push(clean(error, 300))
    for (const [label, text] of [
      ['Cause', causeLine(alert)],
      ['Context', contextLine(alert)],
      ['Changed', changeLine(alert)],
      ['Places', placesLine(alert)],
      ['History', historyLine(alert)],
    ] as const)
      if (text !== '') lines.push(`${label}: ${clean(text, 200)}`)
    lines.push(`Count: ${countLine(alert)}`)
    if (alert.occurrence) lines.push(`Error ID: ${clean(alert.occurrence.id, 100)}`)
  }
  const url = safeUrl(alert.url)
  if (url !== null) lines.push(url)
  return lines.join('\n')
}

function digestLine({ issues, occurrences, since, timeZone }: DigestAlert): string {
  const issueWord = issues === 1 ? 'issue' : 'issues'
  const occurrenceWord = occurrences === 1 ? 'occurrence' : 'occurrences'
  const counts = `${formatCount(issues)} more ${issueWord}, ${formatCount(occurrences)} ${occurrenceWord}`
  return `${counts}, since ${formatClock(since, timeZone)}`
}
