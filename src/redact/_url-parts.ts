import { MAX_URL_BYTES } from '../model/limits.ts'
import { cutBytes } from '../util/safe-text.ts'
import type { Filter } from './_filter.ts'
import { counts } from './_pairs.ts'
import { isRandom, MIN_RANDOM, MIN_RANDOM_AFTER_KEY } from './_random-segment.ts'
import { FILTERED } from './_rules.ts'
import { unescapeAll } from './_unescape.ts'

/** Characters of a parameter's name that are kept when its value was cut. */
const MAX_PARAMETER_NAME_LENGTH = 256

/**
 * Filters the random segments of a path. After a segment that is a secret key, fewer random
 * characters suffice.
 */
export function filterSegments({ kindOf }: Filter, path: string): string {
  const segments = path.slice(0, MAX_URL_BYTES * 2).split('/')
  const random = (segment: string, i: number): boolean => {
    if (segment.length < MIN_RANDOM_AFTER_KEY) return false
    const before = segments[i - 1] ?? ''
    const min = kindOf(before) > 0 ? MIN_RANDOM_AFTER_KEY : MIN_RANDOM
    return isRandom(unescapeAll(segment), before, min)
  }
  return segments.map((part, i) => (random(part, i) ? FILTERED : part)).join('/')
}

/** A query without its question mark, at most twice as long as the kept one. */
export function queryOf(search: string): string {
  const query = search.startsWith('?') ? search.slice(1) : search
  if (query.length <= MAX_URL_BYTES * 2) return query
  // The last parameter may be cut, and half a secret is not recognised.
  const cut = query.slice(0, MAX_URL_BYTES * 2)
  const end = cut.lastIndexOf('&')
  if (end >= 0) return cut.slice(0, end)
  const name = cut.slice(0, MAX_PARAMETER_NAME_LENGTH + 1).split('=', 1)[0]!
  return name.length > MAX_PARAMETER_NAME_LENGTH ? FILTERED : `${name}=${FILTERED}`
}

/** Filters the secret parameters of a query, and redacts the others. */
export function filterParameters(filter: Filter, query: string, isClean: boolean): string {
  const { kindOf, redact } = filter
  // A plus sign is a space.
  const plain = query.replaceAll('+', ' ')
  const parts = query.split('&')
  const safe =
    (isClean || redact(plain) === plain) &&
    !parts.some((part) => kindOf(part.split('=', 1)[0]!) > 0)
  return cutBytes(
    safe ? query : parts.map((part) => parameter(filter, part)).join('&'),
    MAX_URL_BYTES,
  )
}

function parameter({ kindOf, redact }: Filter, part: string): string {
  const [name, ...rest] = part.split('=')
  if (rest.length === 0) return redact(part)
  const value = unescapeAll(rest.join('=').replaceAll('+', ' '))
  const kind = kindOf(name!)
  const safe = value === '' || (kind === 0 ? redact(value) === value : counts(kind, value))
  return `${redact(name!)}=${safe ? rest.join('=') : FILTERED}`
}
