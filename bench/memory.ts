import type { Streamed } from './kernels/stream.ts'
import { openKernel, type Runtime } from './_kernel.ts'
import { median } from './_stats.ts'
import { memoryOf, resetPeak } from './_workerd.ts'

export interface Memory {
  /** Bytes: how far the process's resident memory rose while 100 MB went through. */
  past: number
  through: number
  /** Bytes that the source had given when the first one came out of klaxon. */
  givenAtFirst: number
}

/** The peak of memory with 100 MB through klaxon and past it, each in fresh processes. */
export async function measureMemory(runtime: Runtime, quick: boolean): Promise<Memory> {
  const rises = { past: [] as number[], through: [] as number[] }
  let givenAtFirst = 0
  for (let launch = 0; launch < (quick ? 1 : 5); launch++) {
    for (const [name, path] of [
      ['past', '/stream'],
      ['through', '/api/stream'],
    ] as const) {
      const kernel = await openKernel<Streamed>(runtime, 'stream')
      // What the first megabytes bring, such as compiled code and the heap's first growth, is not
      // the body's.
      await kernel.ask({ path, mb: '10' })
      resetPeak(kernel.pid)
      const before = memoryOf(kernel.pid).now
      const answer = await kernel.ask({ path, mb: '100' })
      rises[name].push(memoryOf(kernel.pid).peak - before)
      if (path === '/api/stream') givenAtFirst = answer.givenAtFirst
      await kernel.stop()
    }
  }
  return { past: median(rises.past), through: median(rises.through), givenAtFirst }
}
