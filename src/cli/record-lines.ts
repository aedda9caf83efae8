import { signRecord } from '../model/log-record.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import { toQueuedOccurrence } from '../model/queued-occurrence.ts'

/** The rules for accepting records. */
export interface Trust {
  /** Secrets, one of which must have signed a record. */
  keys: readonly string[]
  /** Whether a line that starts with a record is accepted without a signature. */
  unsigned?: boolean
}

/** The reason why a line with a record is skipped. */
export type Reason = 'unsigned' | 'otherKey' | 'cut' | 'noRecord'

export interface RecordsInLine {
  records: QueuedOccurrence[]
  passedOver: Reason[]
}

const BEGIN = '{"klaxon":"record"'
/**
 * A record in any form: with its members in another order, or inside a JSON string with escaped
 * quotes.
 */
const MENTIONED = /klaxon\\*"\s*:\s*\\*"record\\*"/
/** Levels of nested JSON that are read, as loggers nest it. */
const MAX_JSON_DEPTH = 24

type Json = Record<string, unknown>

/**
 * Finds the records in a log line: alone, after a prefix, or as a string or object in JSON. The
 * signature tells a record from a client's text that looks like one. The time is linear in the
 * line's length.
 */
export function recordsIn(line: string, { keys, unsigned = false }: Trust): RecordsInLine {
  const result: RecordsInLine = { records: [], passedOver: [] }
  if (!MENTIONED.test(line)) return result
  const isFirst = line.startsWith(BEGIN)
  for (const found of recordsOf(line, 0)) {
    const queued = found === null ? null : toQueuedOccurrence(found)
    if (found === null) result.passedOver.push('cut')
    else if (queued === null) result.passedOver.push('noRecord')
    else if ((unsigned && isFirst) || isSigned(found, keys)) result.records.push(queued)
    else result.passedOver.push(found['hmac'] === undefined ? 'unsigned' : 'otherKey')
  }
  if (result.records.length + result.passedOver.length === 0) result.passedOver.push('noRecord')
  return result
}

function isSigned(record: Json, keys: readonly string[]): boolean {
  return keys.some(
    (key) => signRecord(record as unknown as QueuedOccurrence, key) === record['hmac'],
  )
}

/** The objects of a text that claim to be records; null for a cut one. */
function* recordsOf(text: string, depth: number): Iterable<Json | null> {
  const whole = parse(text) ?? parse(`{${withoutComma(text)}}`)
  if (whole !== undefined) return yield* recordsWithin(whole, depth)
  const at = text.includes(BEGIN) ? text.indexOf(BEGIN) : text.indexOf('{')
  const end = at === -1 ? -1 : endOfObject(text, at)
  const value = end === -1 ? undefined : parse(text.slice(at, end))
  if (value !== undefined) yield* recordsWithin(value, depth)
  else if (text.includes(BEGIN)) yield null
}

function* recordsWithin(value: unknown, depth: number): Iterable<Json | null> {
  if (depth > MAX_JSON_DEPTH) return
  if (typeof value === 'string') {
    if (MENTIONED.test(value)) yield* recordsOf(value, depth + 1)
  } else if (typeof value === 'object' && value !== null) {
    const { klaxon } = value as Json
    if (klaxon === 'record') yield value as Json
    // klaxon's other lines quote texts of clients.
    else if (klaxon !== 'occurrence' && klaxon !== 'warning')
      for (const member of Object.values(value)) yield* recordsWithin(member, depth + 1)
  }
}

/** A line of JSON that is printed over several lines: a list's element or an object's member. */
function withoutComma(line: string): string {
  return line.trimEnd().replace(/,$/, '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(withoutComma(text))
  } catch {
    // The line is not JSON as a whole. The caller searches JSON in it.
    return undefined
  }
}

function endOfObject(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at + 1
  }
  return -1
}
