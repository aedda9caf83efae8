import type { Bodies } from './kernels/bodies.ts'
import { openKernel, type Runtime } from './_kernel.ts'
import { merge, type Rounds } from './_stats.ts'

export const SIZES = [200, 2_000, 20_000, 1_000_000, 20_000_000]

export type Text = 'utf-8' | 'ascii'

/** Every transform's µs an operation, by size of the body. */
export async function measureBodies(
  runtime: Runtime,
  text: Text,
  quick: boolean,
): Promise<Map<number, Rounds>> {
  const sizes = quick ? SIZES.slice(0, 4) : SIZES
  const launches: Map<number, Rounds>[] = []
  for (let launch = 0; launch < (quick ? 1 : 3); launch++) {
    const kernel = await openKernel<Bodies>(runtime, 'bodies')
    const bySize = new Map<number, Rounds>()
    for (const size of sizes) {
      const rounds = String(roundsOf(size, quick))
      const bodies = await kernel.ask({ text, size: String(size), rounds })
      bySize.set(size, new Map(Object.entries(bodies)))
    }
    launches.push(bySize)
    await kernel.stop()
  }
  return new Map(sizes.map((size) => [size, merge(launches.map((all) => all.get(size)!))]))
}

function roundsOf(size: number, quick: boolean): number {
  if (size > 2_000_000) return 5
  return quick ? 7 : 15
}
