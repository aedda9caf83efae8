/** Numbers in [0, 1) that are the same for a seed on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Picks by weight. The remaining weight, up to 1, is that of `rest`. */
export function picker<T>(seed: number, weights: readonly [number, T][], rest: T): () => T {
  const random = seeded(seed)
  return () => {
    let at = random()
    for (const [weight, value] of weights) {
      if (at < weight) return value
      at -= weight
    }
    return rest
  }
}
