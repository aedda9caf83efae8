import type { Issue } from '../model/issue.ts'
import { PLACES_READ } from '../model/limits.ts'
import type { Breadcrumb, Occurrence } from '../model/occurrence.ts'
import { personName } from '../util/person-name.ts'
import { visible } from '../util/safe-text.ts'
import { visibleLines } from './lines.ts'

/** Places that a report names. The rest is counted. */
const MAX_PLACES = 20

export interface MarkdownOptions {
  /** The mapped stack. @default the recorded one */
  stack?: string | null
  /** Mapped stacks of the causes, outermost first. */
  causeStacks?: readonly (string | null)[]
  /** The reason why frames are not mapped, or may be wrong. */
  hint?: string | null
}

/** The subject of a report: an occurrence, its issue, and the issue's history. */
export interface Reported {
  occurrence: Occurrence
  /** null when retention has deleted it. */
  issue: ReportedIssue | null
  /** The places of the issue's newest 50 occurrences. @default none */
  places?: readonly string[]
  /** Newest first. */
  history: readonly ReportedEvent[]
}

type ReportedIssue = Pick<
  Issue,
  'fingerprint' | 'count' | 'firstSeen' | 'lastSeen' | 'state' | 'firstRelease'
>

interface ReportedEvent {
  /** Unix ms. */
  at: number
  what: string
  channel: string | null
  who: string | null
  data?: Record<string, unknown> | null
}

/**
 * A report on an occurrence for a person or a coding agent. No value in it acts as markup.
 */
export function toMarkdown(detail: Reported, options: MarkdownOptions = {}): string {
  const { occurrence, issue, places = [], history } = detail
  const { stack = occurrence.errorStack, hint = null } = options
  const report = [
    `# ${inline(occurrence.title)}`,
    issue === null ? null : summary(issue),
    placesLine(places, issue?.count ?? 0),
    section('Error', error(occurrence, stack, hint)),
    ...causes(occurrence, options.causeStacks ?? []),
    section('Request', request(occurrence)),
    section('Context', json(occurrence.context)),
    section('Extra', json(occurrence.extra)),
    section('Before it failed', breadcrumbs(occurrence.breadcrumbs)),
    section('History', history.length === 0 ? null : history.map(eventLine).join('\n')),
    '',
  ]
    .filter((part) => part !== null)
    .join('\n\n')
  return withOneLineEnd(report)
}

/** Leaves one line end of those at the end. A pattern would take quadratic time on other runs. */
function withOneLineEnd(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '\n') end -= 1
  return end < text.length ? `${text.slice(0, end)}\n` : text
}

function section(title: string, body: string | null): string | null {
  return body === null ? null : `## ${title}\n\n${body}`
}

function summary(issue: ReportedIssue): string {
  const { count, firstSeen, lastSeen, state, fingerprint, firstRelease } = issue
  const times = count === 1 ? 'once' : `${count} times`
  const since = firstRelease === null ? '' : `, first in release ${code(firstRelease)}`
  return `Issue ${code(fingerprint)} is ${state}: it occurred ${times} from ${iso(firstSeen)} to ${iso(lastSeen)}${since}.`
}

function placesLine(places: readonly string[], count: number): string | null {
  if (places.length === 0) return null
  const subject = count > PLACES_READ ? `The newest ${PLACES_READ} come` : 'It comes'
  const more = places.length - MAX_PLACES
  const rest = more > 0 ? ` and ${more} more` : ''
  const named = places.slice(0, MAX_PLACES).map(code).join(', ')
  return `${subject} from ${places.length} places: ${named}${rest}.`
}

function error(occurrence: Occurrence, stack: string | null, hint: string | null): string {
  const { errorMessage } = occurrence
  return [
    whatHappened(occurrence),
    errorMessage === null ? null : fence(errorMessage),
    stack === null ? null : `Stack:\n\n${fence(stack)}`,
    hint === null ? null : inline(hint),
  ]
    .filter((part) => part !== null)
    .join('\n\n')
}

function whatHappened({ kind, status, method, path, route, errorName }: Occurrence): string {
  const name = code(errorName ?? 'a value')
  switch (kind) {
    case 'status':
      return `The handler returned ${status} for ${code(`${method} ${route ?? path}`)}.`
    case 'browser':
      return `A browser reported ${name}.`
    case 'missed':
      return 'A job that must run did not run.'
    case 'thrown':
      return `The handler threw ${name}; the client got ${status}.`
  }
}

function causes({ causes }: Occurrence, stacks: readonly (string | null)[]): string[] {
  return (causes ?? []).map((cause, at) => {
    const stack = stacks[at] ?? cause.stack
    const text = `${cause.name}: ${cause.message}`
    return `## Caused by\n\n${fence(stack === null || stack === '' ? text : `${text}\n${withoutHead(stack, text)}`)}`
  })
}

/** The frames of a stack. In most engines the stack starts with the error's text. */
export function withoutHead(stack: string, head: string): string {
  return stack.startsWith(head) ? stack.slice(head.length).replace(/^\n/, '') : stack
}

function request(o: Occurrence): string {
  const url = `${o.host ?? ''}${o.path}${o.query === null || o.query === '' ? '' : `?${o.query}`}`
  const fields: [string, string | null][] = [
    ['Request', `${o.method} ${url}`],
    ['Route', o.route],
    ['Status', String(o.status)],
    ['At', iso(o.occurredAt)],
    ['Error id', o.id],
    ['Service', o.service],
    ['Environment', o.environment],
    ['Release', o.release],
    ['Runtime', o.runtime],
    ['User', o.userId === null ? null : [o.userId, o.username].filter(Boolean).join(' ')],
    ['Client', [o.clientIp, o.country, o.colo].filter(Boolean).join(' ') || null],
    ['User agent', o.userAgent],
    ['Request id', o.requestId],
    ['Trace id', o.traceId],
    ['Resent from', o.resentFrom],
    ['Took', o.durationMs === null ? null : `${o.durationMs} ms`],
  ]
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : `- ${name}: ${code(value)}`,
  )
  const headers = Object.entries(o.headers ?? {})
  if (headers.length > 0)
    lines.push('- Headers:', ...headers.map(([name, value]) => `  - ${code(`${name}: ${value}`)}`))
  return lines.join('\n')
}

function json(value: unknown): string | null {
  return value === null || value === undefined
    ? null
    : fence(JSON.stringify(value, null, 2), 'json')
}

function breadcrumbs(list: readonly Breadcrumb[] | null): string | null {
  if (list === null || list.length === 0) return null
  return list
    .map(({ at, kind, message, data }) => {
      const more = data === null ? '' : ` ${code(JSON.stringify(data))}`
      return `- ${iso(at)} ${inline(kind)}: ${code(message)}${more}`
    })
    .join('\n')
}

function eventLine({ at, what, channel, who, data }: ReportedEvent): string {
  const by = who === null ? '' : ` by ${code(personName(who))}`
  const to = channel === null ? '' : ` (${code(channel)})`
  const comment = data?.['comment']
  const said = typeof comment === 'string' && comment !== '' ? `: ${code(comment)}` : ''
  return `- ${iso(at)} ${inline(what)}${to}${by}${said}`
}

/** A time as text, for any value of a database. */
function iso(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}

/** Text within a paragraph, without markup. */
function inline(text: string): string {
  return visible(text).replace(/[\\`*_{}[\]()<>#+!|~&$-]/g, '\\$&')
}

/** A code span, longer than any run of backticks in it. */
function code(text: string): string {
  const shown = visible(text)
  const ticks = '`'.repeat(longest(shown) + 1)
  const isBare = shown !== '' && shown === shown.trim() && !/^`|`$/.test(shown)
  const pad = isBare ? '' : ' '
  return `${ticks}${pad}${shown}${pad}${ticks}`
}

function fence(text: string, language = ''): string {
  const shown = visibleLines(text)
  const ticks = '`'.repeat(Math.max(3, longest(shown) + 1))
  return `${ticks}${language}\n${shown}\n${ticks}`
}

function longest(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
