import { TRANSFORM_NAMES } from './kernels/bodies.ts'
import { type Kernel, openKernel, type Runtime } from './_kernel.ts'
import { interleave, merge, type Rounds } from './_stats.ts'
import { cpuOf } from './_workerd.ts'

export const SIZES = [200, 2_000, 20_000, 1_000_000, 20_000_000]

export type Text = 'utf-8' | 'ascii'

/**
 * Together they make a batch of 10 to 50 ms, so that a request to the kernel weighs nothing beside
 * it.
 */
const BATCH_BYTES = 20_000_000
const OVERHEAD = 15_000
/**
 * µs of CPU for each transform and size, until its code is compiled and its heap as large as it
 * gets.
 */
const WARM_UP = 300_000
const QUICK_WARM_UP = 100_000
const QUICK_SIZES = [200, 20_000]

/**
 * Every transform's µs of CPU an operation, by size of the body; all threads count, for a body's
 * memory is freed by others. Each transform has a process of its own and each batch is a request of
 * its own, as in a server: in one process, in a fixed order, the transforms paid for one another's
 * garbage, which made klaxon look twice as slow as alone.
 */
export async function measureBodies(
  runtime: Runtime,
  text: Text,
  quick: boolean,
): Promise<Map<number, Rounds>> {
  const sizes = quick ? QUICK_SIZES : SIZES
  const launches: Map<number, Rounds>[] = []
  for (let launch = 0; launch < (quick ? 1 : 3); launch++) {
    const kernels = new Map<string, Kernel<string>>()
    for (const name of TRANSFORM_NAMES) kernels.set(name, await openKernel(runtime, 'bodies'))
    const bySize = new Map<number, Rounds>()
    for (const size of sizes) {
      const times = Math.max(2, Math.floor(BATCH_BYTES / (size + OVERHEAD)))
      const batch = async (transform: string): Promise<number> => {
        const kernel = kernels.get(transform)!
        const before = cpuOf(kernel.pid)
        await kernel.ask({ transform, text, size: String(size), times: String(times) })
        return (cpuOf(kernel.pid) - before) / times
      }
      for (const name of TRANSFORM_NAMES) {
        for (let spent = 0; spent < (quick ? QUICK_WARM_UP : WARM_UP);)
          spent += (await batch(name)) * times
      }
      bySize.set(size, await interleave(TRANSFORM_NAMES, roundsOf(size, quick), batch))
    }
    launches.push(bySize)
    for (const kernel of kernels.values()) await kernel.stop()
  }
  return new Map(sizes.map((size) => [size, merge(launches.map((all) => all.get(size)!))]))
}

function roundsOf(size: number, quick: boolean): number {
  if (size > 2_000_000) return 5
  return quick ? 5 : 15
}
