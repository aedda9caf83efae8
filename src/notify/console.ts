import type { Alert, Notifier, SendResult } from '../core/types.ts'
import { safeJson } from './_json.ts'
import { clean, facts, headline, origin, safeUrl } from './_text.ts'

export interface ConsoleOptions {
  /**
   * Name of the channel.
   * @default 'console'
   */
  name?: string
  /**
   * `pretty` is several lines for a person, `json` is one line for a machine.
   * @default 'pretty' in a terminal and under `wrangler dev`, else 'json'
   */
  format?: 'pretty' | 'json'
  /**
   * Where the text goes.
   * @default console.log
   */
  write?: (text: string) => void
}

/** Alerts in the terminal or the log: for development, and for hosts that alert on log lines. */
export function consoleNotifier(options: ConsoleOptions = {}): Notifier {
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

/** Lines for a person; no value can start a line of its own or reach the terminal as a control sequence. */
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

/** One line of JSON, marked by its member `klaxon`. */
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
    errorId: occurrence?.id ?? issue.lastOccurrenceId,
    count: issue.count,
    firstSeen: iso(issue.firstSeen),
    lastSeen: iso(issue.lastSeen),
  })
}

function iso(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
}

/** Whether a person is likely to be reading: a terminal, or the bundle that `wrangler dev` makes. */
function hasReader(): boolean {
  if (globalThis.navigator?.userAgent === 'Cloudflare-Workers') return mode() === 'development'
  return typeof process !== 'undefined' && process.stdout?.isTTY === true
}

function mode(): string | undefined {
  try {
    // wrangler replaces this very expression when it bundles; without `nodejs_compat` there is no `process`.
    return globalThis.process.env.NODE_ENV
  } catch {
    return undefined
  }
}
