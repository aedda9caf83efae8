import type { Calls } from './kernels/calls.ts'
import { openKernel, type Runtime } from './_kernel.ts'
import { median, midmean } from './_stats.ts'

/** In the order of the report; the names are those of kernels/calls.ts. */
const VARIANTS = [
  'the bare await',
  'klaxon, no envelope',
  'klaxon around an object',
  'klaxon, options by env',
  'klaxon, outside the API path',
]

export interface CallCosts {
  variant: string
  /** ns added, the median over launches of the midmean over rounds. */
  added: number
}

export async function measureCalls(runtime: Runtime, quick: boolean): Promise<CallCosts[]> {
  const launches = quick ? 1 : 9
  const added = new Map<string, number[]>(VARIANTS.map((variant) => [variant, []]))
  for (let launch = 0; launch < launches; launch++) {
    for (const variant of VARIANTS) {
      const kernel = await openKernel<Calls[]>(runtime, 'calls')
      const rounds = await kernel.ask({ variant })
      added.get(variant)!.push(midmean(rounds.map(({ bare, wrapped }) => wrapped - bare)))
      await kernel.stop()
    }
  }
  return VARIANTS.map((variant) => ({ variant, added: median(added.get(variant)!) }))
}
