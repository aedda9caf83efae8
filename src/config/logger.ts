import { signRecord } from '../model/log-record.ts'
import { MAX_REASON_BYTES } from '../model/limits.ts'
import { FILTERED } from '../redact/_rules.ts'
import { isPromise } from '../util/guards.ts'
import { platform } from '../util/platform.ts'
import type { Occurrence, QueuedOccurrence } from '../model/occurrence.ts'
import { isTerminal, readableBlock, shortened } from './_terminal.ts'
import { MINUTE_MS } from '../util/time-units.ts'

/** Where klaxon's own lines go. `console` is one. */
export interface Log {
  /** @param error the error of a throw on Cloudflare Workers, which maps its stack */
  error(line: string, error?: Error): void
  warn(line: string): void
}

/**
 * Control, format and separator characters. JSON leaves some as they are, and a terminal acts on
 * them.
 */
const INVISIBLE_IN_JSON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Escapes invisible characters of a text. JSON stays valid JSON. */
function visible(text: string): string {
  return text.replace(INVISIBLE_IN_JSON, (character) => {
    let escaped = ''
    for (let i = 0; i < character.length; i++)
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    return escaped
  })
}

const jsonLine = (value: unknown): string => visible(JSON.stringify(value))

/** An error with the redacted texts of an occurrence. The app's own error may contain secrets. */
function errorOf({ errorName, errorMessage, errorStack }: Occurrence): Error | undefined {
  if (errorName === null || platform() !== 'workerd') return undefined
  const stack = errorStack ?? `${errorName}: ${errorMessage}`
  return Object.assign(new Error(errorMessage ?? ''), { name: errorName, stack })
}

export interface Logger {
  /**
   * Logs an occurrence in one line, on a terminal in a block of text.
   * @returns false when the option `log` is false
   */
  occurrence(queued: QueuedOccurrence): boolean
  /**
   * Logs the whole occurrence in one signed line, for `klaxon replay`.
   * @returns false when the log threw
   */
  lastResort(queued: QueuedOccurrence, reason: string): boolean
  /** Logs a failure of klaxon's own, at most once a minute for each topic. */
  warn(topic: string, message: string): void
}

/**
 * Writes klaxon's lines. When the log itself throws, nothing is left to report to, so the error is
 * dropped. Reasons are redacted, because stores, channels and hooks may be the user's code.
 *
 * @param logKey signs the lines of the last resort; null leaves them unsigned
 */
export function createLogger(
  log: Log | false,
  now: () => number,
  redact: (s: string, maxBytes: number) => string,
  logKey: string | null = null,
): Logger {
  const lastWarnedAt = new Map<string, number>()
  const mainLog: Log = log === false ? console : log
  // The app's own log always gets JSON.
  const isRead = mainLog === console && isTerminal()

  function write(to: Log, level: 'error' | 'warn', line: string, error?: Error): boolean {
    try {
      const words = error === undefined ? [line] : [line, isRead ? shortened(error) : error]
      // An async log may reject. `isPromise` handles the rejection.
      isPromise((to[level] as (...words: unknown[]) => unknown)(...words))
      return true
    } catch {
      return false
    }
  }

  function clean(reason: string): string {
    try {
      return redact(reason, MAX_REASON_BYTES)
    } catch {
      // The line goes out without the reason that could not be redacted.
      return FILTERED
    }
  }

  function signature(queued: QueuedOccurrence): string | undefined {
    try {
      return logKey === null ? undefined : signRecord(queued, logKey)
    } catch {
      // The line goes out unsigned. `klaxon replay` then needs `--unsigned`.
      return undefined
    }
  }

  return {
    occurrence(queued) {
      if (log === false) return false
      const { occurrence: o, count } = queued
      const error = errorOf(o)
      if (isRead) return write(log, 'error', readableBlock(queued, visible, error), error)
      const line = jsonLine({
        klaxon: 'occurrence',
        id: o.id,
        at: new Date(o.occurredAt).toISOString(),
        title: o.title,
        status: o.status,
        method: o.method,
        path: o.path,
        error: o.errorName === null ? undefined : `${o.errorName}: ${o.errorMessage}`,
        stack: o.errorStack ?? undefined,
        causes: o.causes?.map(({ name, message }) => `${name}: ${message}`),
        count: count > 1 ? count : undefined,
      })
      return write(log, 'error', line, error)
    },
    lastResort(queued, reason) {
      const record = { klaxon: 'record', reason: clean(reason), ...queued, hmac: signature(queued) }
      return write(mainLog, 'error', jsonLine(record))
    },
    warn(topic, message) {
      const time = now()
      const before = lastWarnedAt.get(topic)
      if (before !== undefined && time - before < MINUTE_MS) return
      if (lastWarnedAt.size > 100) lastWarnedAt.clear()
      lastWarnedAt.set(topic, time)
      const text = clean(message)
      const record = { klaxon: 'warning', topic, message: text }
      write(mainLog, 'warn', isRead ? `klaxon: ${visible(text)}` : jsonLine(record))
    },
  }
}
