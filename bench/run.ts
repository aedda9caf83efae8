/**
 * `npm run bench` measures everything and writes RESULTS.md; `npm run bench -- quick` prints a
 * shorter run. `npm run bench -- servers=FILE` takes the servers, half of the time, from a
 * file that `bench/servers.ts out=FILE` has written.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PeerHost, Workers } from './workers.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const quick = process.argv.includes('quick')
const serversFile = process.argv.find((word) => word.startsWith('servers='))?.slice(8)

if (process.platform !== 'linux') {
  process.stderr.write(
    'The benchmark reads CPU and memory of processes from /proc: it runs on Linux.\n',
  )
  process.exit(1)
}
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// Only now: what these import was installed above.
const { measureBodies } = await import('./bodies.ts')
const { measureBurst, measureWorkers } = await import('./workers.ts')
const { measureCalls } = await import('./calls.ts')
const { measureContext } = await import('./context.ts')
const { measureMemory } = await import('./memory.ts')
const { measureRequests, measureWrapping } = await import('./requests.ts')
const { fromEntries, measureServers, planOf, print } = await import('./servers.ts')
const { measureSizes } = await import('./sizes.ts')
const { measureSourceMaps } = await import('./sourcemaps.ts')
const { machine, report } = await import('./_report.ts')
const { RUNTIMES } = await import('./_kernel.ts')

const start = performance.now()
const on = machine()

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await work()
  process.stderr.write(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  return result
}

async function perRuntime<T>(
  name: string,
  work: (runtime: (typeof RUNTIMES)[number]) => Promise<T>,
): Promise<Map<(typeof RUNTIMES)[number], T>> {
  const results = new Map<(typeof RUNTIMES)[number], T>()
  for (const runtime of RUNTIMES)
    results.set(runtime, await step(`${name}, ${runtime}`, () => work(runtime)))
  return results
}

/** A quick run has workerd alone. */
async function measurePeers(): Promise<Map<PeerHost, Workers>> {
  const results = new Map<PeerHost, Workers>()
  for (const host of quick ? (['workerd'] as const) : (['workerd', '@hono/node-server'] as const))
    results.set(host, await step(`requests, ${host}`, () => measureWorkers(host, quick)))
  return results
}

/** Sections of RESULTS.md that other scripts of this folder measure. They stay as they are. */
const MEASURED_APART = ['## The write path at scale', '## Reads, at 1,000,000']

function withOtherSections(text: string): string {
  const path = `${folder}RESULTS.md`
  const old = existsSync(path) ? readFileSync(path, 'utf8').split(/^(?=## )/m) : []
  const kept = old.filter((section) => MEASURED_APART.some((title) => section.startsWith(title)))
  return [text, ...kept].map((section) => section.trim()).join('\n\n') + '\n'
}

const texts = quick ? (['utf-8'] as const) : (['utf-8', 'ascii'] as const)
const sections = [
  await step('context', measureContext),
  await step('source maps', measureSourceMaps),
]
const text = [
  report({
    machine: on,
    quick,
    servers: await step('servers', async () =>
      serversFile === undefined
        ? measureServers({ ...planOf(quick), onCase: print })
        : fromEntries(JSON.parse(readFileSync(serversFile, 'utf8'))),
    ),
    sizes: await step('sizes', measureSizes),
    calls: await perRuntime('calls', (runtime) => measureCalls(runtime, quick)),
    wrapping: await step('wrapping, Node', () => measureWrapping(quick)),
    requests: await step('requests, Node', () => measureRequests(quick)),
    workers: await measurePeers(),
    burst: await step('burst', measureBurst),
    bodies: await perRuntime('bodies', async (runtime) => {
      const byText = new Map<(typeof texts)[number], Awaited<ReturnType<typeof measureBodies>>>()
      for (const name of texts) byText.set(name, await measureBodies(runtime, name, quick))
      return byText
    }),
    memory: await perRuntime('memory', (runtime) => measureMemory(runtime, quick)),
  }),
  ...sections,
].join('')
if (!quick) writeFileSync(`${folder}RESULTS.md`, withOtherSections(text))
process.stdout.write(`${text}\nTook ${((performance.now() - start) / 1000).toFixed(0)} s.\n`)
process.exit()
