import type { Alert, IssueAlert } from '../../model/alert.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { KLAXON_FRAME } from '../../util/frames.ts'
import { clean, MAX_LINK_LENGTH, safeUrl } from './escape.ts'
import { historyLine, placesLine } from './history.ts'
import {
  breadcrumbLines,
  causeLine,
  changeLine,
  contextLine,
  countLine,
  errorLine,
  placeOf,
} from './lines.ts'
import { formatTime } from './time.ts'

/**
 * A labelled value of an alert: plain text, visible and cut. Each channel escapes it.
 */
export interface Fact {
  label: string
  value: string
  /**
   * Escaped UTF-16 units at most. The sum of all facts is under 5,500, without the links under
   * 4,700. A value of several lines may be longer: `Stack` has up to 1,024, `Before` up to 304.
   */
  max: number
  /** Whether it fits beside another fact. */
  short: boolean
}

/** A link of an alert. */
export interface AlertLink {
  label: string
  url: string
}

const MAX_SHOWN_FRAMES = 5
const MAX_TRACE_LENGTH = 300
/** Shown for an empty value, because chats refuse or hide an empty field. */
const NO_VALUE = '-'

/** The facts of an alert, in the order in which channels show them. */
export function facts(alert: IssueAlert): Fact[] {
  const { issue, occurrence } = alert
  const { status } = occurrence ?? issue
  // A browser report has no status.
  const list: Fact[] = [short('Status Code', status === 0 ? NO_VALUE : String(status))]
  list.push(long('Path', placeOf(alert), 600))
  if (occurrence) list.push(short('Client IP', occurrence.clientIp ?? 'Unknown'))
  list.push(short('Method', (occurrence ?? issue).method))
  if (occurrence) list.push(...client(occurrence))
  list.push(
    short('Timestamp', formatTime(occurrence?.occurredAt ?? issue.lastSeen, alert.timeZone)),
  )
  const texts: [label: string, text: string, max: number][] = [
    ['Error', errorLine(alert), 800],
    ['Cause', causeLine(alert), 200],
    ['Stack', firstFrames(occurrence?.errorStack ?? null), 800],
    ['Context', contextLine(alert), 200],
    ['Before', breadcrumbLines(alert).join('\n'), 300],
    ['Count', countLine(alert), 150],
    ['Changed', changeLine(alert), 100],
    ['Places', placesLine(alert), 200],
    ['History', historyLine(alert), 250],
    ['Error ID', occurrence?.id ?? issue.lastOccurrenceId ?? '', 100],
  ]
  for (const [label, text, max] of texts) {
    if (text === '') continue
    list.push(isLines(label) ? { label, value: text, max, short: false } : long(label, text, max))
  }
  if (issue.service !== null) list.push(short('Service', issue.service))
  const trace = traceOf(alert)
  if (trace !== null) list.push(long('Trace', trace, MAX_TRACE_LENGTH))
  const url = safeUrl(alert.url)
  if (url !== null) list.push(long('Dashboard', url, MAX_LINK_LENGTH))
  return list
}

/** The facts without `links`, for channels that show links or buttons. */
export function factsBesideLinks(alert: IssueAlert): Fact[] {
  return facts(alert).filter(({ label }) => label !== 'Dashboard' && label !== 'Trace')
}

/** Links to the dashboard's page and the trace, if the options have them. */
export function links(alert: Alert): AlertLink[] {
  const url = safeUrl(alert.url)
  const trace = alert.kind === 'issue' ? traceOf(alert) : null
  return [
    ...(url === null ? [] : [{ label: 'Open in the dashboard', url }]),
    ...(trace === null ? [] : [{ label: 'Open the trace', url: trace }]),
  ]
}

function traceOf({ traceUrl }: IssueAlert): string | null {
  const url = safeUrl(traceUrl)
  return url === null || url.length > MAX_TRACE_LENGTH ? null : url
}

function client({ userAgent, userId, username }: Occurrence): Fact[] {
  const unnamed = userId === null && username === null ? 'Anonymous' : 'Unknown'
  return [
    long('User-Agent', userAgent ?? 'Unknown', 200),
    short('User ID', userId ?? unnamed),
    short('Username', username ?? unnamed),
  ]
}

/** Whether a fact has several lines, which a channel shows in a monospaced font. */
export function isLines(label: string): boolean {
  return label === 'Stack' || label === 'Before'
}

function short(label: string, value: string): Fact {
  return { label, value: clean(value, 100) || NO_VALUE, max: 100, short: true }
}

function long(label: string, value: string, max: number): Fact {
  return { label, value: clean(value, max) || NO_VALUE, max, short: false }
}

/** Frames of packages and runtimes, which tell less than the app's frames. */
const LIBRARY = /\bnode_modules[/\\]|[(@ ](?:node|bun|ext|cloudflare|npm|jsr):/

/**
 * The first frames of the app, one per line, and the number of omitted library frames. Without
 * frames of the app, the first library frames; klaxon's own never. V8 writes `at f (file:1:2)`,
 * JavaScriptCore (Bun, Safari) `f@file:1:2`.
 */
function firstFrames(stack: Occurrence['errorStack']): string {
  const frames = (stack?.split('\n') ?? []).filter(
    (line) => /^\s{1,16}at\s/.test(line) || (line.includes('@') && /:\d+$/.test(line.slice(-16))),
  )
  const others = frames.filter((line) => !KLAXON_FRAME.test(line))
  const ofApp = others.filter((line) => !LIBRARY.test(line))
  const hidden = ofApp.length > 0 ? frames.length - ofApp.length : 0
  const shown = (hidden > 0 ? ofApp : others).slice(0, MAX_SHOWN_FRAMES)
  const lines = shown.map((line) => clean(line.trim(), 200))
  if (hidden > 0) lines.push(`${hidden} library frame${hidden === 1 ? '' : 's'}`)
  return lines.join('\n')
}
