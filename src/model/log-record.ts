import { hmac } from '../util/hmac.ts'
import type { QueuedOccurrence } from './occurrence.ts'

/**
 * Characters of a signing key at least. A shorter key could be guessed from the signatures in a
 * log.
 */
export const MIN_LOG_KEY_LENGTH = 16

/**
 * The signature at the end of a record line: 128 bits that no client can compute. It covers the
 * values and not the line's bytes, because platforms parse JSON lines and print them anew.
 */
export function signRecord(
  { occurrence, count, row, alerted }: QueuedOccurrence,
  key: string,
): string {
  const text = canonical({ alerted, count, occurrence, row })
  return hmac(key, `klaxon record 1\n${text}`).slice(0, 32)
}

/** JSON with its members sorted by name. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`
}
