import { copyOf } from './_copy.ts'
import { isSecretKey } from './_keys.ts'
import { MAX_CAUSES, MAX_THROWN_TEXT } from './_limits.ts'
import type { Cause } from './types.ts'

/** What can be read of a thrown value; nothing here refers to the value itself. */
export interface Description {
  name: string
  message: string
  stack: string | null
  code: string | null
  /** A numeric `status` or `statusCode` of 400–599, else null. */
  status: number | null
  /** Whether the message may be shown to a client, by the value's own `expose`. */
  expose: boolean | null
  causes: Cause[]
}

/** Reads a property of anything: a Proxy or a getter may throw on every touch. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

function readText(value: unknown, key: string): string | null {
  const text = read(value, key)
  return typeof text === 'string' ? text : null
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** A value as text. Of an object it is JSON of a bounded copy: a list of a million members costs what a hundred do. */
function asText(value: unknown): string {
  try {
    if (!isObject(value)) return String(value)
    const copy = copyOf(value, MAX_THROWN_TEXT, (s) => s.slice(0, MAX_THROWN_TEXT), isSecretKey)
    if (typeof copy === 'string') return copy
    const json = JSON.stringify(copy)
    return json === '{}' ? String(value) : json
  } catch {
    return '[unreadable value]'
  }
}

function describeOne(value: unknown): Omit<Description, 'causes' | 'status' | 'expose'> {
  return {
    name: nameOf(value),
    message: readText(value, 'message') ?? asText(value),
    stack: readText(value, 'stack'),
    code: codeOf(value),
  }
}

function codeOf(value: unknown): string | null {
  const code = read(value, 'code')
  if (typeof code === 'string') return code
  if (typeof code !== 'number') return null
  // A DOMException's is a legacy constant that its name implies, and a trace of the same error does not hold it.
  return read(value, 'TIMEOUT_ERR') === 23 ? null : String(code)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (!isObject(value)) return typeof value
  return readText(value, 'name') ?? (readText(read(value, 'constructor'), 'name') || 'Object')
}

/** The `cause` chain and the members of an AggregateError, outermost first, cut at 6 and at cycles; then `before`. */
function causesOf(value: unknown, before: unknown): Cause[] {
  const causes: Cause[] = []
  const seen = new Set<unknown>([value])
  const queue = nextCauses(value)
  if (before !== undefined) queue.push(before)
  while (queue.length > 0 && causes.length < MAX_CAUSES) {
    const cause = queue.shift()
    if (seen.has(cause)) continue
    seen.add(cause)
    const { name, message, stack } = describeOne(cause)
    causes.push({ name, message, stack })
    queue.push(...nextCauses(cause))
  }
  return causes
}

function nextCauses(value: unknown): unknown[] {
  const next: unknown[] = []
  const cause = read(value, 'cause')
  if (cause !== undefined && cause !== null) next.push(cause)
  const errors = read(value, 'errors')
  try {
    if (Array.isArray(errors)) next.push(...errors.slice(0, MAX_CAUSES))
  } catch {
    // A revoked or hostile Proxy throws here; then there is nothing to list.
    return next
  }
  return next
}

function statusOf(value: unknown): number | null {
  for (const key of ['status', 'statusCode']) {
    const status = read(value, key)
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599)
      return status
  }
  return null
}

/**
 * Describes anything that can be thrown. Never throws itself.
 * @param before what had been thrown when this came in its place
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
 * The response a thrown value carries: itself, or what its `getResponse()` gives (Hono's HTTPException).
 * @param asks whether to call that
 */
export function carriedResponse(value: unknown, asks: boolean): Response | null {
  try {
    if (value instanceof Response) return value
    if (!asks) return null
    const getResponse = read(value, 'getResponse')
    if (typeof getResponse !== 'function') return null
    const response: unknown = getResponse.call(value)
    return response instanceof Response ? response : null
  } catch {
    return null
  }
}
