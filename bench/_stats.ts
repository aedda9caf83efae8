export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * The mean of the middle half: as deaf to outliers as the median nearly, and finer where the clock
 * is coarse (workerd's counts whole ms).
 */
export function midmean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const quarter = Math.floor(sorted.length / 4)
  const middle = sorted.slice(quarter, sorted.length - quarter)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** Half of the distance between the quartiles: how far a typical round is off. */
export function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)]!
  return (at(0.75) - at(0.25)) / 2
}

/** One round's figure of every subject, rounds in the order they were run. */
export type Rounds = Map<string, number[]>

/**
 * The median over rounds of what `combine` makes of a subject's figure and the baseline's in the
 * same round.
 */
export function against(
  rounds: Rounds,
  baseline: string,
  subject: string,
  combine: (own: number, base: number) => number,
): number {
  const base = rounds.get(baseline)!
  return median(rounds.get(subject)!.map((own, round) => combine(own, base[round]!)))
}

export const ratio = (own: number, base: number): number => own / base
export const added = (own: number, base: number): number => own - base

/**
 * Runs every subject once a round, in another order each time, so that a busy moment hits them all
 * alike.
 */
export async function interleave(
  names: readonly string[],
  times: number,
  measure: (name: string, round: number) => Promise<number>,
): Promise<Rounds> {
  const rounds: Rounds = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < times; round++) {
    for (const name of shuffled(names)) rounds.get(name)!.push(await measure(name, round))
  }
  return rounds
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[result[i], result[j]] = [result[j]!, result[i]!]
  }
  return result
}

/** Puts the rounds of several launches behind each other. */
export function merge(all: readonly Rounds[]): Rounds {
  const merged: Rounds = new Map()
  for (const rounds of all) {
    for (const [name, values] of rounds) merged.set(name, [...(merged.get(name) ?? []), ...values])
  }
  return merged
}
