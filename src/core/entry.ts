import type { Entry } from './types.ts'

const TEXTS = ['id', 'fingerprint', 'title', 'kind', 'method', 'path'] as const

/** A record that was kept elsewhere (a spool, a queue, the log); null when the value is none. */
export function toEntry(value: unknown): Entry | null {
  const { occurrence, count, row } = (value ?? {}) as Partial<Entry>
  if (typeof occurrence !== 'object' || occurrence === null) return null
  if (!TEXTS.every((name) => typeof occurrence[name] === 'string')) return null
  if (!Number.isFinite(occurrence.occurredAt) || !Number.isFinite(occurrence.status)) return null
  if (typeof row !== 'boolean' || !Number.isSafeInteger(count) || count! < 1) return null
  return { occurrence, count: count!, row }
}
