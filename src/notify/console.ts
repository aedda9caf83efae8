import type { Alert } from '../model/alert.ts'
import type { Channel, SendResult } from '../model/channel.ts'
import { safeJson } from './http/json.ts'
import { safeUrl, clean } from './text/escape.ts'
import { facts } from './text/facts.ts'
import { historyLine, placesLine } from './text/history.ts'
import {
  headline,
  causeLine,
  contextLine,
  breadcrumbLines,
  changeLine,
  origin,
} from './text/lines.ts'

/** Options of `consoleNotifier()`. */
export interface ConsoleOptions {
  /**
   * Name of the channel.
   * @default 'console'
   */
  name?: string
  /**
   * `pretty` writes several lines for a person, `json` one line for a machine.
   * @default 'pretty' in a terminal and under `wrangler dev`, else 'json'
   */
  format?: 'pretty' | 'json'
  /**
   * Where the text goes.
   * @default console.log
   */
  write?: (text: string) => void
}

/**
 * Makes a channel that writes alerts to the terminal or the log, for development and for hosts that
 * alert on log lines.
 *
 * @example
 * notify: consoleNotifier({ format: 'pretty' })
 */
export function consoleNotifier(options: ConsoleOptions = {}): Channel {
  const { name = 'console', write = (text: string) => console.log(text) } = options
  return {
    name,
    async send(alert: Alert): Promise<SendResult> {
      const format = options.format ?? (hasReader() ? 'pretty' : 'json')
      write(format === 'pretty' ? consolePretty(alert) : consoleJson(alert))
      return { ok: true }
    },
  }
}

/**
 * The alert in lines for a person. No value can start a line or act as a control sequence.
 */
export function consolePretty(alert: Alert): string {
  const url = safeUrl(alert.url)
  const list =
    alert.kind === 'issue' ? facts(alert) : url === null ? [] : [{ label: 'Dashboard', value: url }]
  const width = Math.max(0, ...list.map(({ label }) => label.length)) + 2
  const lines = list.map(({ label, value }) => {
    const indent = `\n${' '.repeat(width + 2)}`
    return `  ${label.padEnd(width)}${value.replaceAll('\n', indent)}`
  })
  return ['', headline(alert), ...lines, `  (${origin(alert)})`, ''].join('\n')
}

/** The alert in one line of JSON, marked by its member `klaxon`. */
export function consoleJson(alert: Alert): string {
  const shared = { klaxon: 'alert', text: headline(alert), stored: alert.stored, url: alert.url }
  if (alert.kind === 'digest') {
    const { issues, occurrences, since } = alert
    return safeJson({ ...shared, reason: 'digest', issues, occurrences, since: iso(since) })
  }
  const { issue, occurrence, reason } = alert
  const text = (value: string | null | undefined, max: number) =>
    value === null || value === undefined ? null : clean(value, max)
  return safeJson({
    ...shared,
    reason,
    fingerprint: issue.fingerprint,
    title: text(issue.title, 200),
    status: (occurrence ?? issue).status,
    method: text((occurrence ?? issue).method, 100),
    path: text(occurrence?.path ?? issue.route, 800),
    errorName: text(occurrence?.errorName, 200),
    errorMessage: text(occurrence?.errorMessage, 2_000),
    cause: text(causeLine(alert) || null, 500),
    context: text(contextLine(alert) || null, 500),
    before: breadcrumbLines(alert),
    changed: text(changeLine(alert) || null, 200),
    places: text(placesLine(alert) || null, 300),
    history: text(historyLine(alert) || null, 500),
    errorId: occurrence?.id ?? issue.lastOccurrenceId,
    traceUrl: safeUrl(alert.traceUrl),
    count: issue.count,
    firstSeen: iso(issue.firstSeen),
    lastSeen: iso(issue.lastSeen),
  })
}

function iso(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
}

/**
 * Whether a person probably reads the output: a terminal, or `wrangler dev`.
 */
function hasReader(): boolean {
  if (globalThis.navigator?.userAgent === 'Cloudflare-Workers') return mode() === 'development'
  return typeof process !== 'undefined' && process.stdout?.isTTY === true
}

function mode(): string | undefined {
  try {
    // wrangler replaces exactly this expression when it bundles. Without `nodejs_compat` there is
    // no `process`.
    return globalThis.process.env.NODE_ENV
  } catch {
    return undefined
  }
}
