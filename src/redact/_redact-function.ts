import {
  MAX_MESSAGE_BYTES,
  MAX_PATH_LENGTH,
  MAX_OCCURRENCE_BYTES,
  MAX_FIELD_BYTES,
  MAX_STACK_BYTES,
} from '../model/limits.ts'
import { copyOf } from './_copy.ts'
import { FILTERED } from './_rules.ts'
import { cutBytes, wellFormed } from '../util/safe-text.ts'
import { faultName, isPromise } from '../util/guards.ts'
import type { Occurrence } from '../model/occurrence.ts'

export type RedactFunction = (occurrence: Occurrence) => Occurrence | null | undefined

/** Members that a `redact` function cannot change. */
const FIXED = /^(?:id|occurredAt|fingerprint|kind|service|status)$/
/** Members that are never null. They become `[Filtered]` when the function omits them. */
const REQUIRED = /^(?:title|method|path|runtime)$/
/**
 * Members whose text a request or an error chooses. klaxon or the deployment sets the others.
 */
const FREE_TEXT =
  /^(?:query|host|clientIp|userAgent|userId|username|error(?:Message|Stack)|causes|requestId|headers|extra|context|breadcrumbs)$/

/**
 * Runs the user's function. Its result replaces the occurrence, so a member that it omits is gone.
 * A wrong type loses only that member, never the occurrence.
 * @param warn called with the reason why a result was not used
 */
export function applyFunction(
  redact: RedactFunction,
  occurrence: Occurrence,
  warn: (what: string) => void = () => {},
): Occurrence {
  let result: unknown
  try {
    result = redact({ ...occurrence })
    // A promise is too late.
    if (isPromise(result)) warn('must answer at once, not by a promise')
    else if (typeof result === 'object' && result !== null) return take(result, occurrence, warn)
    else warn('must return the occurrence')
  } catch (error) {
    warn(`threw ${faultName(error)}`)
  }
  // Only the function knows further secrets, so without its result no free text is kept.
  return each(occurrence, (key, before) =>
    key === 'path' || key === 'title' ? FILTERED : FREE_TEXT.test(key) ? null : before,
  )
}

function take(result: object, occurrence: Occurrence, warn: (what: string) => void): Occurrence {
  return each(occurrence, (key, before) => {
    if (FIXED.test(key)) return before
    let value: unknown
    try {
      value = memberOf(key, (result as Record<string, unknown>)[key] ?? null)
    } catch {
      // A getter or a trap of the user's object threw.
    }
    if (value === undefined) warn(`gave a wrong type for \`${key}\``)
    return value ?? (REQUIRED.test(key) ? FILTERED : null)
  })
}

function each(occurrence: Occurrence, member: (key: string, before: unknown) => unknown) {
  return Object.fromEntries(
    Object.entries(occurrence).map(([key, before]) => [key, member(key, before)]),
  ) as unknown as Occurrence
}

/** A storable copy of a member; undefined for a wrong type. */
function memberOf(key: string, value: unknown): unknown {
  if (value === null) return null
  if (key === 'durationMs') return Number.isFinite(value) ? value : undefined
  if (!/^(?:causes|headers|extra|context|breadcrumbs|debugIds)$/.test(key))
    return textOf(key, value)
  if (typeof value !== 'object') return undefined
  // The function decides last, so its result is copied and not redacted again.
  const copy = copyOf(value, MAX_OCCURRENCE_BYTES, cutBytes, () => 0)
  if (Array.isArray(copy) !== /^(?:causes|breadcrumbs)$/.test(key)) return undefined
  if (key === 'causes') return (copy as unknown[]).every(isCause) ? copy : undefined
  if (key === 'breadcrumbs') return (copy as unknown[]).every(isBreadcrumb) ? copy : undefined
  if (key === 'extra' || key === 'context') return copy
  return Object.values(copy as object).every(isText) ? copy : undefined
}

const MAX_BYTES_BY_KEY: Record<string, number> = {
  errorMessage: MAX_MESSAGE_BYTES,
  errorStack: MAX_STACK_BYTES,
  path: MAX_PATH_LENGTH,
  query: MAX_PATH_LENGTH,
}

function textOf(key: string, value: unknown): unknown {
  return isText(value)
    ? cutBytes(wellFormed(value), MAX_BYTES_BY_KEY[key] ?? MAX_FIELD_BYTES)
    : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCause(value: unknown): boolean {
  const { name, message, stack } = (value ?? {}) as Record<string, unknown>
  return isText(name) && isText(message) && (stack === null || isText(stack))
}

function isBreadcrumb(value: unknown): boolean {
  const { at, kind, message, data } = (value ?? {}) as Record<string, unknown>
  return Number.isFinite(at) && isText(kind) && isText(message) && typeof data === 'object'
}
