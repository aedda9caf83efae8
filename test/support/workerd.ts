import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { join } from 'node:path'
import { root } from '../../scripts/_sqld.ts'

/** A Worker of a workerd process: its module and its options for Miniflare. */
export interface Script {
  /** Path from the checkout's folder. */
  entry: string
  name?: string
  bindings?: Record<string, string>
  durableObjects?: Record<string, string | { className: string; useSQLite: boolean }>
  d1Databases?: string[]
  queueProducers?: object
  queueConsumers?: object
  tails?: string[]
  compatibilityFlags?: string[]
}

const bundles = new Map<string, Promise<string>>()

/** The module and all it imports, resolved as wrangler does. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['cloudflare:*'],
  })
  return outputFiles[0]!.text
}

function bundled(entry: string): Promise<string> {
  const known = bundles.get(entry) ?? bundle(entry)
  bundles.set(entry, known)
  return known
}

/** One workerd process with these Workers; HTTP goes to the first. */
export async function startWorkers(...scripts: Script[]): Promise<Miniflare> {
  const workers = scripts.map(async ({ entry, ...options }, nth) => ({
    name: `worker-${nth}`,
    modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundled(entry) }],
    compatibilityDate: '2026-08-01',
    ...options,
  }))
  return new Miniflare(
    convertV4MiniflareOptions({
      workers: await Promise.all(workers),
      cf: false,
      // Enables POST /cdn-cgi/local/email, as `wrangler dev` does.
      unsafeTriggerHandlers: true,
      handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
        stdout.resume()
        stderr.resume()
      },
    } as never),
  )
}
