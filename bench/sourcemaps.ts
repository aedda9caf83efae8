/**
 * Stacks in the lines of the sources: what a map costs to store and to read, beside the whole map
 * in
 * @jridgewell/trace-mapping. Alone: `node scripts/run.mjs ../bench/sourcemaps.ts`.
 */
import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync, gzipSync } from 'node:zlib'
import { root } from '../scripts/_sqld.ts'
import { digest, type Digest, pack } from '../src/sourcemaps/digest/digest.ts'
import { parseMap } from '../src/sourcemaps/digest/raw-map.ts'
import { symbolicate } from '../src/sourcemaps/symbolicate.ts'
import { uploadFiles } from '../src/sourcemaps/upload/upload.ts'
import { libsql, migrate } from '../src/store/libsql/libsql.ts'
import { driverOf } from '../src/store/sql/sql-store.ts'
import { emptySqld } from '../test/support/sqld.ts'

const RUNS = 21
const FRAMES = 20

/**
 * The map of a minified Worker with hono, drizzle, libsql and zod, and of one with a line more.
 */
async function mapOf(line = ''): Promise<{ map: string; code: string }> {
  const names = ['hono', 'drizzle-orm/libsql', '@libsql/client', 'zod']
  const imports = names.map((name, i) => `import * as m${i} from '${name}'`).join('\n')
  const contents = `${imports}\n${line}\nexport default { all: [m0, m1, m2, m3] }`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'src/worker.ts' },
    ...{ bundle: true, minify: true, sourcemap: true, write: false, outfile: 'worker.js' },
    ...{ format: 'esm', platform: 'node', logLevel: 'error' },
  })
  const of = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))!.text
  return { map: of('.map'), code: of('.js') }
}

/** Places that are spread over the bundle, as a stack. */
function stackOf(made: Digest): { stack: string; places: [line: number, column: number][] } {
  const step = Math.floor(made.chunks.length / FRAMES)
  const places = Array.from({ length: FRAMES }, (_, i): [number, number] => {
    const { line, column } = made.chunks[i * step]!
    return [line + 1, column + 40]
  })
  const frames = places.map(([line, column]) => `    at run (worker.js:${line}:${column + 1})`)
  return { stack: `Error: x\n${frames.join('\n')}`, places }
}

interface Timed {
  ms: number
  cpu: number
}

async function timed(work: () => unknown): Promise<Timed> {
  const times: number[] = []
  const cpus: number[] = []
  for (let run = 0; run < RUNS + 2; run++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await work()
    const { user, system } = process.cpuUsage(cpu)
    if (run < 2) continue
    times.push(performance.now() - start)
    cpus.push((user + system) / 1_000)
  }
  return { ms: Math.min(...times), cpu: Math.min(...cpus) }
}

/** MB of heap that a value keeps. */
function heapOf(make: () => unknown): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  const kept = make()
  collect()
  const after = process.memoryUsage().heapUsed
  return kept === undefined ? 0 : (after - before) / 1e6
}

const lookUp = (map: string, places: readonly [number, number][]): TraceMap => {
  const trace = new TraceMap(map)
  for (const [line, column] of places)
    originalPositionFor(trace, { line, column, bias: LEAST_UPPER_BOUND })
  return trace
}

/** A map of 23 MB: 1,000 lines of 1,201 segments, and 250 sources. */
function longMap(): string {
  const sources = Array.from({ length: 250 }, (_, i) => `src/part-${i}.ts`)
  const mappings = Array.from({ length: 1_000 }, () => `AACAA${',MACAC,MACAD'.repeat(600)}`)
  const sourcesContent = sources.map((path) => `// ${path}\n${'const a = 1\n'.repeat(5_000)}`)
  return JSON.stringify({
    version: 3,
    sources,
    names: ['first', 'second'],
    mappings: mappings.join(';'),
    sourcesContent,
  })
}

/** ms of a request to workerd that maps a stack, and of one that reads nothing. */
async function inWorkerd(url: string, stack: string): Promise<{ mapped: number; empty: number }> {
  const contents = `import { libsql } from 'klaxon/libsql'
import { symbolicate } from 'klaxon/sourcemaps'
export default { async fetch(request, env) {
  const [store, stack] = [libsql({ url: env.URL }), await request.text()]
  if (stack === '') return Response.json(await store.issues({ limit: 1 }))
  const { frames } = await symbolicate({ stack, release: 'r1' }, { maps: store, context: 5 })
  return Response.json(frames)
} }`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2022', external: ['cloudflare:*'] },
    ...{ conditions: ['workerd', 'worker'], mainFields: ['module', 'main'], logLevel: 'error' },
  })
  const worker = {
    modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0]!.text }],
    ...{ compatibilityDate: '2026-08-01', bindings: { URL: url }, cf: false },
  }
  const miniflare = new Miniflare(convertV4MiniflareOptions(worker as never))
  try {
    const address = await miniflare.ready
    const ask = async (body: string): Promise<void> => {
      const response = await fetch(address, { method: 'POST', body })
      if (!response.ok) throw new Error(await response.text())
      await response.arrayBuffer()
    }
    const empty = await timed(() => ask(''))
    const mapped = await timed(() => ask(stack))
    return { mapped: mapped.ms, empty: empty.ms }
  } finally {
    await miniflare.dispose()
  }
}

/** The section of the report. */
export async function measureSourceMaps(): Promise<string> {
  const sqld = await emptySqld()
  try {
    const store = libsql({ url: sqld.url })
    await migrate(store)
    const driver = driverOf(store)!
    const [{ map, code }, next] = [await mapOf(), await mapOf('console.log(1)')]
    const upload = (release: string, made: Digest) =>
      uploadFiles(driver, release, [{ file: 'worker.js', bytes: code.length, digest: made }])
    const made = digest(parseMap(map))
    const first = await upload('r1', made)
    const again = await upload('r2', digest(parseMap(next.map)))
    const { stack, places } = stackOf(made)
    const seven = stack.split('\n').slice(0, 8).join('\n')
    const zipped = gzipSync(map)
    const whole = await timed(() => lookUp(gunzipSync(zipped).toString(), places))
    const from = (text: string, context: number): Promise<Timed> =>
      timed(() => symbolicate({ stack: text, release: 'r1' }, { maps: store, context }))
    const [twenty, seventh] = [await from(stack, 0), await from(seven, 5)]
    const worker = await inWorkerd(sqld.url, seven)
    const long = longMap()
    const longMade = digest(parseMap(long))
    await uploadFiles(driver, 'long', [{ file: 'long.js', bytes: 1, digest: longMade }])
    const longStack = stackOf(longMade)
    const text = longStack.stack.replaceAll('worker.js', 'long.js')
    const longOurs = await timed(() =>
      symbolicate({ stack: text, release: 'long' }, { maps: store, context: 0 }),
    )
    const start = performance.now()
    lookUp(long, longStack.places)
    const longWhole = performance.now() - start
    const stored = made.chunks.reduce((sum, { text: chunk }) => sum + pack(chunk).length, 0)
    const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`
    const n = (value: number, digits = 1): string => value.toFixed(digits)
    return [
      '\n## Source maps\n',
      `A bundle of ${n(code.length / 1e3, 0)} KB, its map of ${n(map.length / 1e6, 2)} MB; best of ${RUNS} runs.\n`,
      row('what', 'stored', '20 frames: ms (CPU)', 'heap'),
      row('---', '---', '---', '---'),
      row(
        'the whole map, gzip, in trace-mapping',
        `${n(zipped.length / 1e3, 0)} KB`,
        `${n(whole.ms)} (${n(whole.cpu)}), read from memory`,
        `${n(heapOf(() => lookUp(map, places)))} MB`,
      ),
      row(
        'klaxon, from sqld over HTTP',
        `${n(stored / 1e3, 0)} KB, ${first.rows} rows`,
        `${n(twenty.ms)} (${n(twenty.cpu)})`,
        '0',
      ),
      row(
        '7 frames with context, from sqld over HTTP',
        '',
        `${n(seventh.ms)} (${n(seventh.cpu)})`,
        '',
      ),
      row(
        'a map of 23 MB in trace-mapping',
        '',
        n(longWhole),
        `${n(heapOf(() => lookUp(long, longStack.places)))} MB`,
      ),
      row('the same, klaxon from sqld', `${longMade.chunks.length} rows`, n(longOurs.ms), '0'),
      `\nThe next deploy, one line more: ${again.rows} rows, ${n(again.bytes / 1e3, 0)} KB.`,
      `Inside workerd, 7 frames with context: ${n(worker.mapped)} ms, a query that finds nothing: ${n(worker.empty)} ms; ratio ${n(worker.mapped / worker.empty, 2)} (bound 3).\n`,
    ].join('\n')
  } finally {
    await sqld.stop()
  }
}

if (process.argv[1]?.endsWith('sourcemaps.ts')) {
  process.stdout.write(await measureSourceMaps())
  process.exit()
}
