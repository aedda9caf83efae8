import { bundle } from './_bundle.ts'
import { start } from './_child.ts'
import { startWorkerd } from './_workerd.ts'

export type Runtime = 'Node' | 'workerd'
export const RUNTIMES: readonly Runtime[] = ['Node', 'workerd']

/**
 * A kernel of kernels/ in a fresh process of a runtime: takes a query, answers with what it
 * measured.
 */
export interface Kernel<Answer> {
  pid: number
  ask(query: Record<string, string>): Promise<Answer>
  stop(): Promise<void>
}

export async function openKernel<Answer>(runtime: Runtime, name: string): Promise<Kernel<Answer>> {
  const path = await bundle(`kernels/${name}.ts`)
  const text = (query: Record<string, string>): string => new URLSearchParams(query).toString()
  if (runtime === 'Node') {
    const child = await start<{ query: string }, Answer>('host', [path])
    return {
      pid: child.pid,
      ask: (query) => child.ask({ query: text(query) }),
      stop: async () => child.stop(),
    }
  }
  const server = await startWorkerd(path)
  return {
    pid: server.pid!,
    async ask(query) {
      const response = await fetch(`${server.url}/?${text(query)}`)
      return (await response.json()) as Answer
    },
    stop: server.stop,
  }
}
