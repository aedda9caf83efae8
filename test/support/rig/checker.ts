import { expect } from 'vitest'
import type { QueuedOccurrence } from '../../../src/model/occurrence.ts'
import type { Klaxon } from '../../../src/klaxon.ts'

/** A log that keeps its lines. */
export interface KeptLog {
  error(line: string): void
  warn(line: string): void
  /** Records that only the log holds. */
  records(): QueuedOccurrence[]
  /** klaxon's own failures, as topic and message. */
  warnings(): { topic: string; message: string }[]
  /** All lines, parsed. Each must be JSON on one line. */
  lines(): { klaxon: string }[]
}

export function keptLog(): KeptLog {
  const kept: string[] = []
  const lines = (): { klaxon: string }[] =>
    kept.map((line) => {
      expect(line).not.toMatch(/[\r\n]/)
      return JSON.parse(line) as { klaxon: string }
    })
  const of = <T>(kind: string): T[] =>
    lines().filter((line) => line.klaxon === kind) as unknown as T[]
  return {
    error: (line) => void kept.push(line),
    warn: (line) => void kept.push(line),
    lines,
    records: () => of('record'),
    warnings: () => of('warning'),
  }
}

/** The equation of `stats()`, which holds at every moment. */
export function expectAccounts(klaxon: Pick<Klaxon, 'stats'>): void {
  const { captured, stored, fallback, logged, dropped, inFlight } = klaxon.stats()
  const lost = Object.values(dropped).reduce((sum, n) => sum + n, 0)
  expect(stored + fallback + logged + lost + inFlight).toBe(captured)
}

export interface Sinks {
  store?: readonly string[]
  fallback?: readonly string[]
  log?: readonly string[]
}

/**
 * Compares the captured ids with the ids in store, fallback and log, as Jepsen's `set-full` does.
 */
export function account(
  captured: readonly string[],
  sinks: Sinks,
): { lost: string[]; doubled: string[]; unexpected: string[] } {
  const known = new Set(captured)
  const seen = new Set<string>()
  const doubled: string[] = []
  for (const sink of Object.values(sinks) as string[][]) {
    const own = new Set<string>()
    for (const id of sink) {
      if (own.has(id)) doubled.push(id)
      own.add(id)
      seen.add(id)
    }
  }
  return {
    lost: captured.filter((id) => !seen.has(id)),
    doubled,
    unexpected: [...seen].filter((id) => !known.has(id)),
  }
}

export const NOTHING_WRONG = { lost: [], doubled: [], unexpected: [] }

export const idsOf = (entries: readonly QueuedOccurrence[]): string[] =>
  entries.map(({ occurrence }) => occurrence.id)
