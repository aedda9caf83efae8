import { MINUTE, MAX_REASON } from './_limits.ts'
import { FILTERED } from './_rules.ts'
import { isPromise } from './seam.ts'
import type { Entry } from './types.ts'

/** Where klaxon's own lines go; `console` fits. */
export interface Log {
  error(line: string): void
  warn(line: string): void
}

/** Controls, bidirectional marks and line separators that JSON leaves as they are but a terminal acts on. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line of JSON that shows every character it holds; still JSON, so that it can be read back. */
function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(INVISIBLE, (character) => {
    let escaped = ''
    for (let i = 0; i < character.length; i++)
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    return escaped
  })
}

export interface Logger {
  /** One structured line for a caught throw, or for every occurrence without a store; false when the log is off. */
  occurrence(entry: Entry): boolean
  /** The last resort: the whole record in one line, from which it can be put back. */
  lastResort(entry: Entry, reason: string): boolean
  /** A failure of klaxon's own, by topic once a minute. */
  trouble(topic: string, message: string): void
}

/**
 * JSON on one line; control and bidirectional characters as `\uXXXX`, which is JSON as well.
 * A log that throws is the one thing there is no further place to report to. What a store, a channel or a hook says of
 * its failure is redacted: not all of them are klaxon's own.
 */
export function createLogger(
  log: Log | false,
  now: () => number,
  redact: (s: string, maxBytes: number) => string,
): Logger {
  const told = new Map<string, number>()
  const last: Log = log === false ? console : log

  function write(to: Log, level: 'error' | 'warn', record: unknown): boolean {
    try {
      // What it returns is asked only for a rejection that no one would take.
      isPromise((to[level] as (line: string) => unknown)(jsonLine(record)))
      return true
    } catch {
      return false
    }
  }

  function clean(reason: string): string {
    try {
      return redact(reason, MAX_REASON)
    } catch {
      // The line goes out all the same; only what could not be looked at stays back.
      return FILTERED
    }
  }

  return {
    occurrence(entry) {
      if (log === false) return false
      const { occurrence: o, count } = entry
      return write(log, 'error', {
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
    },
    lastResort(entry, reason) {
      return write(last, 'error', {
        klaxon: 'record',
        reason: clean(reason),
        ...entry,
      })
    },
    trouble(topic, message) {
      const time = now()
      const before = told.get(topic)
      if (before !== undefined && time - before < MINUTE) return
      if (told.size > 100) told.clear()
      told.set(topic, time)
      write(last, 'warn', { klaxon: 'trouble', topic, message: clean(message) })
    },
  }
}
