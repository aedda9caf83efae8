import { connect } from 'node:net'
import type { Stats } from '../../../src/outbox/stats.ts'
import { startWorkers } from '../workerd.ts'

/** One workerd process with the rig's Worker in it. */
export interface Workerd {
  url: URL
  report(): Promise<{ ids: string[]; deliveries: number; stats: Stats }>
  stop(): Promise<void>
}

export async function startWorkerd(
  bindings: Record<string, string>,
  options: { queueProducers?: object; queueConsumers?: object } = {},
): Promise<Workerd> {
  const miniflare = await startWorkers({
    entry: 'test/support/rig/worker.ts',
    bindings,
    ...options,
  })
  const url = await miniflare.ready
  return {
    url,
    report: async () => (await fetch(new URL('/report', url))).json() as never,
    stop: () => miniflare.dispose(),
  }
}

/**
 * Sends a request and resets the connection: at the first byte of the answer, or when the request
 * is on its way.
 */
export function resetting(
  { hostname, port }: URL,
  path: string,
  when: 'answered' | 'sent',
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const reset = (): void => void socket.resetAndDestroy()
    socket.on('connect', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: rig\r\n\r\n`, () => {
        if (when === 'sent') setTimeout(reset, 1)
      })
    })
    socket.once('data', reset)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
  })
}

/** `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (nth: number) => Promise<unknown>,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, nth) => nth).values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const nth of numbers) await work(nth)
    }),
  )
}
