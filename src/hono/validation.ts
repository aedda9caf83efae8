import type { Context } from 'hono'

/** One fault of an invalid request, as the client gets it. */
export interface ValidationIssue {
  /** The faulty member, such as `items.0.name`; empty for the whole input. */
  path: string
  message: string
}

/**
 * The response body for an invalid request: an envelope with a list of issues.
 */
export interface ValidationFailure {
  success: false
  result: null
  /** The issues in one line, such as `email: Invalid email; age: Too small`. */
  message: string
  issues: ValidationIssue[]
}

/** The result that a validator passes to its hook. Each library keeps its issues elsewhere. */
interface ValidationResult {
  success: boolean
}

/**
 * An issue of Standard Schema, https://standardschema.dev. Zod, Valibot and ArkType have the same.
 */
interface SchemaIssue {
  message?: unknown
  path?: unknown
}

/** Issues of one response. */
const MAX_VALIDATION_ISSUES = 50
/** Issues that the message lists. */
const MAX_LISTED_ISSUES = 5

/**
 * A hook for `zValidator`, `vValidator`, `arktypeValidator` and `sValidator`. It answers an invalid
 * request with a {@link ValidationFailure}. The recorded occurrence has the same message. Neither
 * contains the values that were sent.
 *
 * @param options `status` of the response. @default { status: 400 }
 *
 * @example
 * ```ts
 * app.post('/api/orders', zValidator('json', Order, validationHook()), (c) => c.json(…))
 * ```
 */
export function validationHook({ status = 400 }: { status?: 400 | 422 } = {}) {
  return function onValidation(result: ValidationResult, c: Context): Response | undefined {
    if (result.success) return undefined
    const issues = issuesOf(result).slice(0, MAX_VALIDATION_ISSUES).map(asIssue)
    const failure: ValidationFailure = {
      success: false,
      result: null,
      message: messageOf(issues),
      issues,
    }
    return c.json(failure, status)
  }
}

/** Zod has an error with issues, Standard Schema a list, Valibot `issues`, ArkType `errors`. */
function issuesOf(result: object): SchemaIssue[] {
  const { error, errors, issues } = result as {
    error?: unknown
    errors?: unknown
    issues?: unknown
  }
  const nested = (error as { issues?: unknown } | null | undefined)?.issues
  for (const list of [issues, errors, error, nested])
    if (Array.isArray(list)) return Array.from(list as SchemaIssue[])
  return []
}

function asIssue({ message, path }: SchemaIssue): ValidationIssue {
  const keys = Array.isArray(path) ? Array.from(path as unknown[], keyOf) : []
  return { path: keys.join('.'), message: typeof message === 'string' ? message : 'Invalid' }
}

/** A segment is a key, or an object with a `key`. */
function keyOf(segment: unknown): string {
  const key =
    typeof segment === 'object' && segment !== null ? (segment as { key?: unknown }).key : segment
  return String(key)
}

function messageOf(issues: readonly ValidationIssue[]): string {
  const lines = issues
    .slice(0, MAX_LISTED_ISSUES)
    // ArkType's messages already start with the path.
    .map(({ path, message }) =>
      path === '' || message.startsWith(path) ? message : `${path}: ${message}`,
    )
  const more = issues.length - lines.length
  if (more > 0) lines.push(`and ${more} more`)
  return lines.join('; ') || 'The request is not valid'
}
