import { build, type BuildOptions } from 'esbuild'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { digest, type Digest } from '../../src/sourcemaps/digest/digest.ts'
import { findMaps } from '../../src/sourcemaps/digest/find-maps.ts'
import { readSource, sourcePaths } from '../../src/sourcemaps/digest/source-path.ts'
import type { UploadFile } from '../../src/sourcemaps/upload/upload.ts'

/** The folder of an app of six files, a route for each kind of failure. */
export const SHOP = fileURLToPath(new URL('../support/fixtures/shop', import.meta.url))

/** The answer of a failing route of the shop. */
export interface Failure {
  name: string
  message: string
  stack: string
}

export const ROUTES = [
  '/charge',
  '/short',
  '/sum',
  '/price',
  '/refund',
  '/reply',
  '/new',
  '/late',
] as const

export interface Shop {
  folder: string
  failures: Record<(typeof ROUTES)[number], Failure>
}

/** Bundles the shop and runs it. */
export async function buildShop(
  options: BuildOptions = {},
  change?: (path: string, text: string) => string,
): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'klaxon-shop-'))
  await build({
    absWorkingDir: SHOP,
    entryPoints: ['src/index.ts'],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'dist/index.js'),
    sourcemap: true,
    minify: true,
    plugins: change ? [changed(change)] : [],
    ...options,
  })
  return { folder: join(folder, 'dist'), failures: await failuresOf(join(folder, 'dist/index.js')) }
}

/** Runs in a separate process, because vitest maps the stacks of modules that it loads. */
async function failuresOf(bundle: string): Promise<Shop['failures']> {
  const code = `import app from ${JSON.stringify(pathToFileURL(bundle).href)}
const failures = {}
for (const path of ${JSON.stringify(ROUTES)}) failures[path] = await (await app.request(path)).json()
process.stdout.write(JSON.stringify(failures))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code])
  return JSON.parse(stdout) as Shop['failures']
}

const run = promisify(execFile)

/** Adds a function to the first file of the app in the bundle, and a call of it. */
export const addFunction = (path: string, text: string): string =>
  path.endsWith('totals.ts')
    ? `${ADDED}${text.replace('line.count\n', 'roundCents(line.count)\n')}`
    : text
const ADDED = `
/** Half a cent goes to the customer. */
export function roundCents(cents: number): number {
  const whole = Math.trunc(cents)
  const rest = Math.abs(cents - whole)
  if (rest === 0.5) {
    return whole
  }
  return Math.round(cents)
}
`

const changed = (change: (path: string, text: string) => string) => ({
  name: 'changed',
  setup(host: Parameters<NonNullable<BuildOptions['plugins']>[number]['setup']>[0]) {
    host.onLoad({ filter: /shop\/src\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts' as const,
      contents: change(path, readFileSync(path, 'utf8')),
    }))
  },
})

/** The files of a folder that the command uploads. */
export function filesOf(folder: string, root = SHOP, texts = true): UploadFile[] {
  return findMaps(folder).map((found) => {
    const { file, bytes, mapFile } = found
    const path = sourcePaths(mapFile, root)
    const text = (_: string, source: Parameters<typeof path>[0]): string | null =>
      readSource(source, mapFile, root)
    const made: Digest = digest(found.read(), { path, text, texts })
    return { file, bytes, digest: made }
  })
}
