import { MAX_TITLE_LENGTH } from '../model/limits.ts'
import { genericKey } from './generic-message.ts'
import { firstLine, normaliseMessage } from './normalise.ts'
import { normalisePath } from '../util/normalise-path.ts'
import { sha256 } from '../util/sha256.ts'
import { cut } from '../util/safe-text.ts'
import type { Occurrence } from '../model/occurrence.ts'

/** The parts of an occurrence that make its fingerprint and title. */
export type Grouping = Pick<
  Occurrence,
  | 'kind'
  | 'service'
  | 'environment'
  | 'status'
  | 'method'
  | 'path'
  | 'route'
  | 'errorName'
  | 'errorMessage'
  | 'errorStack'
  | 'causes'
>

/**
 * Methods of RFC 9110 and RFC 5789. A client may invent others, and each would become an issue.
 */
const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)$/

/**
 * The place of a failure. Without a route, 404 and 405 are not grouped by path, because the client
 * chooses the path.
 */
function place({ route, status, path }: Grouping): string {
  return route ?? (status === 404 || status === 405 ? '*' : normalisePath(path))
}

/** The parts of a fingerprint besides the occurrence. */
export interface KeyOptions {
  /** The error's `code`. */
  code?: string | null | undefined
  /** The whole redacted message, when the occurrence keeps only a part of it. */
  message?: string | null | undefined
  /**
   * The result of the option `fingerprint`. It replaces all parts but environment and service.
   */
  chosen?: string | null
}

/**
 * The key that occurrences of one issue share: `v1:` and 128 bits in hex. Computed after the
 * response has gone out.
 */
export function fingerprint(o: Grouping, options: KeyOptions = {}): string {
  // JSON separates the parts: ["a","b"] differs from ["a,b"].
  const all = JSON.stringify([o.environment, o.service, ...partsOf(o, options)])
  return `v1:${known.get(all) ?? remember(all)}`
}

function partsOf(o: Grouping, { code = null, message, chosen = null }: KeyOptions): unknown[] {
  if (chosen !== null) return ['chosen', chosen]
  if (o.kind === 'status')
    return [o.kind, o.status, METHOD.test(o.method) ? o.method : '*', place(o)]
  const text = message ?? o.errorMessage ?? ''
  const normalised = normaliseMessage(text)
  return [o.kind, o.errorName, code, ...(genericKey(o, text, normalised) ?? [normalised])]
}

/**
 * Digests of recent texts. The failures of a storm are alike, and a digest is the largest cost
 * here.
 */
const known = new Map<string, string>()
const MAX_KNOWN_DIGESTS = 256

function remember(text: string): string {
  const digest = sha256(text).slice(0, 32)
  // The user's text may have any length, and would fill the memory.
  if (text.length > 2_048) return digest
  if (known.size >= MAX_KNOWN_DIGESTS) known.clear()
  known.set(text, digest)
  return digest
}

/** The title of an issue in lists and alerts: one line, at most 200 characters. */
export function issueTitle(o: Grouping): string {
  const { kind, status, method, errorName, errorMessage } = o
  const where = place(o)
  const title =
    kind === 'status'
      ? `${status} ${method} ${where === '*' ? '(no route)' : where}`
      : [errorName, firstWords(errorMessage ?? '')].filter(Boolean).join(': ') || 'Unknown error'
  return cut(title, MAX_TITLE_LENGTH)
}

/** The first line. When it has no letters, as the bracket of a ZodError, the lines are joined. */
function firstWords(message: string): string {
  const line = firstLine(message)
  return /\p{L}/u.test(line) ? line : message.slice(0, 1_000).replace(/\s+/g, ' ').trim()
}
