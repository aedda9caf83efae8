import { FILTERED } from './_rules.ts'
import { KlaxonError } from './errors.ts'
import type { RedactRules } from './redact.ts'
import type { Occurrence } from './types.ts'

type Checked = RedactRules & Required<Pick<RedactRules, 'keys' | 'patterns' | 'headers'>>

function bad(option: string, mend: string): never {
  throw new KlaxonError(`klaxon: option \`redact${option}\` ${mend}`, { code: 'BAD_OPTION' })
}

const KNOWN = ['keys', 'patterns', 'headers', 'email', 'ip', 'phone']

function list<T>(
  options: RedactRules,
  name: 'keys' | 'patterns' | 'headers',
  fits: (item: unknown) => boolean,
  mend: string,
): T[] {
  const items: unknown = options[name] ?? []
  if (!Array.isArray(items) || !items.every(fits)) bad(`.${name}`, mend)
  return items as T[]
}

/** @throws KlaxonError that names the option and the mend */
export function checkRedact(options: RedactRules | undefined): Checked {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    bad('', `must be an object of rules or a function; got ${String(options)}`)
  }
  const rules = options ?? {}
  for (const key of Object.keys(rules)) {
    if (!KNOWN.includes(key)) bad(`.${key}`, `is unknown; the rules are ${KNOWN.join(', ')}`)
  }
  for (const key of ['email', 'ip', 'phone'] as const) {
    const how: unknown = rules[key]
    if (how !== undefined && how !== 'mask' && how !== 'hash')
      bad(`.${key}`, 'must be "mask" or "hash", or be left out')
  }
  const isPattern = (item: unknown): boolean => item instanceof RegExp
  return {
    ...rules,
    keys: list(
      rules,
      'keys',
      (item) => isPattern(item) || (typeof item === 'string' && /[a-z\d]/i.test(item)),
      'must be a list of regular expressions and of texts with a letter or a digit',
    ),
    patterns: list(rules, 'patterns', isPattern, 'must be a list of regular expressions'),
    headers: list<string>(
      rules,
      'headers',
      (item) => typeof item === 'string' && /^[\w!#$%&'*+.^`|~-]{1,128}$/.test(item),
      'must be a list of header names',
    ).map((name) => name.toLowerCase()),
  }
}

/** What stays as it was whatever the user's function does. */
const FIXED = ['id', 'occurredAt', 'kind', 'status', 'fingerprint'] as const

/** Runs the user's function; without a result the occurrence is kept, but nothing that could be a secret. */
export function applyLast(
  last: (occurrence: Occurrence) => Occurrence | null | undefined,
  occurrence: Occurrence,
  copy: (value: unknown) => unknown,
): Occurrence {
  const fixed = Object.fromEntries(FIXED.map((key) => [key, occurrence[key]]))
  const { method, route, runtime, environment, release, errorName } = occurrence
  const bare = Object.fromEntries(
    Object.keys(occurrence).map((key) => [key, null]),
  ) as unknown as Occurrence
  try {
    const result = last({ ...occurrence })
    if (typeof result === 'object' && result !== null) {
      const nested = ['headers', 'extra', 'causes'] as const
      const copies = Object.fromEntries(nested.map((key) => [key, copy(result[key])]))
      return { ...occurrence, ...result, ...copies, ...fixed }
    }
  } catch {
    // The function was to remove what only it knows to be secret: without it, nothing free in form may go out.
  }
  return {
    ...bare,
    ...fixed,
    path: FILTERED,
    title: FILTERED,
    method,
    route,
    runtime,
    environment,
    release,
    errorName,
  }
}
