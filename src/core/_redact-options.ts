import { FILTERED } from './_rules.ts'
import { KlaxonError } from './errors.ts'
import type { RedactRules } from './redact.ts'
import { isPromise } from './seam.ts'
import type { Occurrence } from './types.ts'

const isRegExp = (v: unknown): boolean => v instanceof RegExp
const matches = (pattern: RegExp) => (v: unknown) => typeof v === 'string' && pattern.test(v)
const isList = (fits: (item: unknown) => boolean) => (v: unknown) =>
  Array.isArray(v) && v.every(fits)
const personal = [matches(/^(?:mask|hash)$/), '"mask" or "hash"'] as const

const RULES: Record<string, readonly [fits: (value: unknown) => boolean, mend: string]> = {
  keys: [isList((v) => isRegExp(v) || matches(/[a-z\d]/i)(v)), 'a list of texts and RegExps'],
  patterns: [isList(isRegExp), 'a list of RegExps'],
  // RFC 9110, 5.6.2
  headers: [isList(matches(/^[\w!#$%&'*+.^`|~-]+$/)), 'a list of header names'],
  email: personal,
  ip: personal,
  phone: personal,
}

/** @throws KlaxonError that names the option and the mend */
export function checkRules(rules: RedactRules): RedactRules {
  const entries = typeof rules === 'object' ? Object.entries(rules) : [['', rules]]
  for (const [key, value] of entries as [string, unknown][]) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined
    if (rule && (value === undefined || rule[0](value))) continue
    const mend = rule?.[1] ?? `of ${Object.keys(RULES).join(', ')}, or a function`
    throw new KlaxonError(`klaxon: option \`redact${key && `.${key}`}\` must be ${mend}`, {
      code: 'BAD_OPTION',
    })
  }
  return rules
}

/** What a request or an error may say in it. */
const FREE =
  'query host clientIp userAgent userId username errorMessage errorStack causes requestId headers extra'.split(
    ' ',
  )

/** Runs the user's function; without a result the occurrence is kept, but nothing that could be a secret. */
export function applyLast(
  last: (occurrence: Occurrence) => Occurrence | null | undefined,
  occurrence: Occurrence,
): Occurrence {
  const { id, occurredAt, fingerprint, kind, status } = occurrence
  let result: Occurrence | null | undefined
  try {
    const given = last({ ...occurrence })
    // A promise comes too late to be heard.
    result = isPromise(given) ? undefined : given
  } catch {
    // It was to remove what only it knows to be secret: without it, nothing free in form may go out.
  }
  const bare = Object.fromEntries(FREE.map((key) => [key, null]))
  return {
    ...occurrence,
    ...(result ?? { ...bare, path: FILTERED, title: FILTERED }),
    ...{ id, occurredAt, fingerprint, kind, status },
  }
}
