import { CUT, cut, visible } from '../core/safe-text.ts'
import type { Alert, AlertReason, DigestAlert, IssueAlert, Occurrence } from '../core/types.ts'
import { describeStatus } from './_status.ts'
import { formatClock, formatCount, formatTime } from './_time.ts'

/** One labelled value of an alert; plain text, visible and capped, not yet escaped for a channel. */
export interface Fact {
  label: string
  value: string
  /** UTF-16 units to keep to, escaped; all of them together stay under 5,000. */
  max: number
  /** Fits beside another one. */
  short: boolean
}

/** Characters of a path in the headline; the whole of it, or 800, is in the facts. */
const HEADLINE_PATH = 200
const FRAMES = 5
/** A longer dashboard address is left out: a cut link leads nowhere. */
const MAX_URL = 500
/** Chats refuse or hide a field without a value. */
const NOTHING = '-'

/** The one line of an alert: `⚠️ 404 Error: /x not found`. */
export function headline(alert: Alert): string {
  const mark = alert.stored ? '' : ' (not stored)'
  if (alert.kind === 'digest') return digestLine(alert) + mark
  const test = alert.reason === 'test' ? 'Test alert: ' : ''
  const { status } = alert.occurrence ?? alert.issue
  return `${test}⚠️ ${status} Error: ${describeStatus(status, clean(place(alert), HEADLINE_PATH))}${mark}`
}

/** What an issue alert tells, in the order it is told. */
export function facts(alert: IssueAlert): Fact[] {
  const { issue, occurrence } = alert
  const list: Fact[] = [short('Status Code', String((occurrence ?? issue).status))]
  list.push(long('Path', place(alert), 800))
  if (occurrence) list.push(short('Client IP', occurrence.clientIp ?? 'Unknown'))
  list.push(short('Method', (occurrence ?? issue).method))
  if (occurrence) {
    const nobody = occurrence.userId === null && occurrence.username === null
    list.push(long('User-Agent', occurrence.userAgent ?? 'Unknown', 300))
    list.push(short('User ID', occurrence.userId ?? (nobody ? 'Anonymous' : 'Unknown')))
    list.push(short('Username', occurrence.username ?? (nobody ? 'Anonymous' : 'Unknown')))
  }
  list.push(
    short('Timestamp', formatTime(occurrence?.occurredAt ?? issue.lastSeen, alert.timeZone)),
  )
  const error = errorLine(alert)
  if (error !== '') list.push(long('Error', error, 1_000))
  const frames = firstFrames(occurrence?.errorStack ?? null)
  if (frames !== '') list.push({ label: 'Stack', value: frames, max: 1_000, short: false })
  list.push(long('Count', countLine(alert), 150))
  const id = occurrence?.id ?? issue.lastOccurrenceId
  if (id !== null) list.push(long('Error ID', id, 100))
  const url = safeUrl(alert.url)
  if (url !== null) list.push(long('Dashboard', url, MAX_URL))
  return list
}

/** `TypeError: x is not a function`, or nothing for a plain status. */
export function errorLine({ occurrence }: IssueAlert): string {
  if (!occurrence) return ''
  const { errorName, errorMessage } = occurrence
  return [errorName, errorMessage].filter((part) => part !== null && part !== '').join(': ')
}

/** `104 since 2026-11-21 14:02:10 GMT+9 (milestone)`: how often, since when, why now. */
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
  test: 'test',
}

/** Where it comes from, for a footer: `klaxon · production · 1.4.2`. */
export function origin(alert: Alert): string {
  if (alert.kind === 'digest') return 'klaxon'
  const { environment, release } = alert.occurrence ?? { environment: null, release: null }
  return ['klaxon', environment, release]
    .filter((part) => part !== null && part !== '')
    .map((part) => cut(visible(cut(part ?? '', 100)), 100))
    .join(' · ')
}

/** All of an alert as a few plain lines, for a channel that refused anything richer. */
export function plainText(alert: Alert): string {
  const lines = [headline(alert)]
  if (alert.kind === 'issue') {
    const error = errorLine(alert)
    if (error !== '') lines.push(clean(error, 300))
    lines.push(`Count: ${countLine(alert)}`)
    if (alert.occurrence) lines.push(`Error ID: ${clean(alert.occurrence.id, 100)}`)
  }
  return lines.join('\n')
}

/** The same for every try at one alert, so that a receiver can drop a second one; letters, digits, `-` and `:`. */
export function alertId(alert: Alert): string {
  if (alert.kind === 'digest') return `digest-${alert.since}-${alert.issues}-${alert.occurrences}`
  const { issue, occurrence, reason } = alert
  return `${occurrence?.id ?? `${issue.fingerprint}-${issue.count}`}-${reason}`
}

/** Red for what is the server's fault, amber for the rest. */
export function isSevere(alert: Alert): boolean {
  if (alert.kind === 'digest') return false
  const { kind, status } = alert.occurrence ?? alert.issue
  return kind === 'thrown' || status >= 500
}

/** The dashboard's page, if it is a web address of a sane length. */
export function safeUrl(url: string | null): string | null {
  if (url === null || url.length > MAX_URL || !URL.canParse(url)) return null
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/**
 * Escapes character by character and stops where the **escaped** text would pass `max` UTF-16 units, so that neither
 * a code point nor an entity is split and the result holds whichever way the vendor counts.
 */
export function fit(text: string, max: number, escape = (char: string) => char): string {
  let out = ''
  let roomForMark = ''
  for (const char of text) {
    const next = out + escape(char)
    if (next.length > max) return roomForMark + CUT
    if (next.length <= max - CUT.length) roomForMark = next
    out = next
  }
  return out
}

/**
 * Takes the power from words that a chat would act on even without its own markup: Mattermost, Rocket.Chat and Discord
 * ping everyone for a bare `@channel`, and make a link of `[text](address)`. A word joiner (U+2060) shows nothing.
 */
export function inert(text: string): string {
  return text
    .replace(/@(?=(?:channel|here|everyone|all)(?![a-z0-9]))/gi, '@\u2060')
    .replaceAll('](', ']\u2060(')
}

/** Visible and capped; cut first, so that a megabyte costs no more than its first page. */
export function clean(text: string, max: number): string {
  return cut(visible(cut(text, max)), max)
}

function short(label: string, value: string): Fact {
  return { label, value: clean(value, 100) || NOTHING, max: 100, short: true }
}

function long(label: string, value: string, max: number): Fact {
  return { label, value: clean(value, max) || NOTHING, max, short: false }
}

function place({ occurrence, issue }: IssueAlert): string {
  return occurrence?.path ?? issue.route ?? issue.title
}

function digestLine({ issues, occurrences, since, timeZone }: DigestAlert): string {
  const issueWord = issues === 1 ? 'issue' : 'issues'
  const occurrenceWord = occurrences === 1 ? 'occurrence' : 'occurrences'
  const counts = `${formatCount(issues)} more ${issueWord}, ${formatCount(occurrences)} ${occurrenceWord}`
  return `${counts}, since ${formatClock(since, timeZone)}`
}

/** The first frames, one a line: V8 writes `at f (file:1:2)`, JavaScriptCore (Bun, Safari) `f@file:1:2`. */
function firstFrames(stack: Occurrence['errorStack']): string {
  const frames: string[] = []
  for (const line of stack?.split('\n') ?? []) {
    if (frames.length === FRAMES) break
    const isFrame =
      /^\s{1,16}at\s/.test(line) || (line.includes('@') && /:\d+$/.test(line.slice(-16)))
    if (isFrame) frames.push(clean(line.trim(), 200))
  }
  return frames.join('\n')
}
