import { copyOf } from '../redact/_copy.ts'
import { kindOfKey } from '../redact/_key-names.ts'
import { markFalseFrames } from '../util/frames.ts'
import { MAX_CAUSES, MAX_THROWN_TEXT_BYTES } from '../model/limits.ts'
import type { Cause } from '../model/occurrence.ts'

/** A thrown value as plain data. It has no reference to the value. */
export interface Description {
  name: string
  message: string
  stack: string | null
  code: string | null
  /** A numeric `status` or `statusCode` of 400–599, else null. */
  status: number | null
  /** Whether a client may see the message: the value's `expose`. */
  expose: boolean | null
  causes: Cause[]
}

/** A description with a name, a message and a stack alone. */
export function plainDescription(
  name: string,
  message: string,
  stack?: string | null,
): Description {
  return {
    name,
    message,
    stack: stack == null ? null : markFalseFrames(stack, message),
    ...{ code: null, status: null, expose: null, causes: [] },
  }
}

/** Reads a member of any value; undefined when reading throws, as a Proxy or getter may. */
export function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** A member that is a string; null without one. */
export function readText(value: unknown, key: string): string | null {
  const text = read(value, key)
  return typeof text === 'string' ? text : null
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/**
 * A value as text. An object becomes JSON of a bounded copy, so that a list of a million members
 * costs no more than one of a hundred.
 */
function asText(value: unknown): string {
  try {
    if (!isObject(value)) return String(value)
    const copy = copyOf(
      value,
      MAX_THROWN_TEXT_BYTES,
      (s) => s.slice(0, MAX_THROWN_TEXT_BYTES),
      kindOfKey,
    )
    if (typeof copy === 'string') return copy
    const json = JSON.stringify(copy)
    return json === '{}' ? String(value) : json
  } catch {
    return '[unreadable value]'
  }
}

function describeOne(value: unknown): Omit<Description, 'causes' | 'status' | 'expose'> {
  const message = readText(value, 'message') ?? asText(value)
  const { name, stack } = plainDescription(nameOf(value), message, readText(value, 'stack'))
  return { name, message, stack, code: codeOf(value) }
}

function codeOf(value: unknown): string | null {
  const code = read(value, 'code')
  if (typeof code === 'string') return code
  if (typeof code !== 'number') return null
  // The code of a DOMException follows from its name, and a Tail Worker's trace lacks it.
  return read(value, 'TIMEOUT_ERR') === 23 ? null : String(code)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (!isObject(value)) return typeof value
  return readText(value, 'name') ?? (readText(read(value, 'constructor'), 'name') || 'Object')
}

/**
 * The `cause` chain and the errors of an AggregateError, outermost first, then `before`. At most 6,
 * without cycles.
 */
function causesOf(value: unknown, before: unknown): Cause[] {
  const causes: Cause[] = []
  const seen = new Set<unknown>([value])
  const queue = nextCauses(value)
  if (before !== undefined) queue.push(before)
  while (queue.length > 0 && causes.length < MAX_CAUSES) {
    const cause = queue.shift()
    if (seen.has(cause)) continue
    seen.add(cause)
    const { name, message, stack, code } = describeOne(cause)
    causes.push(code === null ? { name, message, stack } : { name, message, stack, code })
    queue.push(...nextCauses(cause))
  }
  return causes
}

function nextCauses(value: unknown): unknown[] {
  const cause = read(value, 'cause')
  const next = cause == null ? [] : [cause]
  const errors = read(value, 'errors')
  try {
    return Array.isArray(errors) ? [...next, ...errors.slice(0, MAX_CAUSES)] : next
  } catch {
    // A revoked or hostile Proxy throws here.
    return next
  }
}

function statusOf(value: unknown): number | null {
  for (const key of ['status', 'statusCode']) {
    const status = read(value, key) as number
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status
  }
  return null
}

/**
 * Describes any thrown value. Never throws.
 * @param before the earlier error whose error handler threw this one
 */
export function describe(value: unknown, before?: unknown): Description {
  const expose = read(value, 'expose')
  return {
    ...describeOne(value),
    status: statusOf(value),
    expose: typeof expose === 'boolean' ? expose : null,
    causes: causesOf(value, before),
  }
}

/**
 * A thrown value's own response: the value itself, or the result of its `getResponse()`, as Hono's
 * HTTPException has it.
 */
export function ownResponseOf(error: unknown): Response | null {
  try {
    if (isWholeResponse(error)) return error
    if (!hasOwnResponse(error)) return null
    const response: unknown = error.getResponse()
    return isWholeResponse(response) ? response : null
  } catch {
    // `getResponse()` threw.
    return null
  }
}

export function hasOwnResponse(error: unknown): error is { getResponse(): unknown } {
  return typeof read(error, 'getResponse') === 'function'
}

/**
 * Whether a value is a Response. Its shape is compared, because hosts replace the global class.
 * Errors of many SDKs have a status and headers, so methods are compared too.
 */
export function isWholeResponse(value: unknown): value is Response {
  return (
    typeof read(value, 'status') === 'number' &&
    typeof read(value, 'arrayBuffer') === 'function' &&
    typeof read(value, 'clone') === 'function' &&
    typeof read(read(value, 'headers'), 'get') === 'function'
  )
}
