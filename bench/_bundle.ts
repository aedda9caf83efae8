import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { root } from '../scripts/_sqld.ts'

/** Bundles of this run; gone with the process. */
export const temp = mkdtempSync(join(tmpdir(), 'klaxon-bench-'))
process.once('exit', () => rmSync(temp, { recursive: true, force: true }))

/** Every subject gets the Hono of this checkout, not one that a peer brings. */
const oneHono: Plugin = {
  name: 'one-hono',
  setup(builder) {
    builder.onResolve({ filter: /^hono(\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === 'root'
        ? null
        : builder.resolve(path, { kind, resolveDir: root, pluginData: 'root' }),
    )
  },
}

const options: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  conditions: ['workerd', 'worker', 'browser', 'import'],
  mainFields: ['browser', 'module', 'main'],
  external: ['node:*', 'cloudflare:*'],
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [oneHono],
  logLevel: 'error',
}

/**
 * Bundles a file of this folder, for Node and workerd alike; the path of the bundle.
 * @param subject the text that the file sees as `SUBJECT`
 */
export async function bundle(file: string, subject?: string): Promise<string> {
  const name = file.replace(/\.ts$/, '').replaceAll('/', '-')
  const outfile = join(temp, `${name}${subject === undefined ? '' : `-${subject}`}.mjs`)
  const define = { ...options.define, SUBJECT: JSON.stringify(subject ?? '') }
  await build({ ...options, define, entryPoints: [join(root, 'bench', file)], outfile })
  return outfile
}

export interface Size {
  minified: number
  gzip: number
  /** Bytes of the minified bundle by folder or package, biggest first. */
  parts: [name: string, bytes: number][]
}

/** The size of a source text once bundled; `import` paths are relative to the checkout. */
export async function sizeOf(source: string): Promise<Size> {
  const { outputFiles, metafile } = await build({
    ...options,
    stdin: { contents: source, resolveDir: join(root, 'bench'), loader: 'ts' },
    outfile: 'out.js',
    minify: true,
    metafile: true,
    write: false,
  })
  const { contents } = outputFiles![0]!
  const parts = new Map<string, number>()
  const inputs = Object.entries(Object.values(metafile!.outputs)[0]!.inputs)
  for (const [path, { bytesInOutput }] of inputs) {
    const name = partOf(path)
    parts.set(name, (parts.get(name) ?? 0) + bytesInOutput)
  }
  return {
    minified: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    parts: [...parts].toSorted(([, a], [, b]) => b - a),
  }
}

function partOf(path: string): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)
  if (inPackage) return inPackage[1]!
  return /(?:^|\/)src\/([^/]+)\//.exec(path)?.[0].replace(/^\//, '') ?? 'entry'
}
