/**
 * Bundles the libraries of the command line into dist/, with the licences of all they need, so that
 * installing klaxon adds one package: `node scripts/run.mjs bundle-vendor.ts`, a part of
 * `npm run build`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { root } from './_sqld.ts'

for (const name of ['init', 'dash', 'mcp']) bundle(name)

function bundle(name: string): void {
  const folder = join(root, 'dist/cli', name)
  const { metafile } = buildSync({
    entryPoints: [join(root, 'src/cli', name, 'vendor.ts')],
    outfile: join(folder, 'vendor.js'),
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    external: ['hono'],
    absWorkingDir: root,
  })
  // Its types name the libraries, and nobody imports them.
  writeFileSync(join(folder, 'vendor.d.ts'), 'export {}\n')
  const folders = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  )
  const licences = [...new Set(folders)].toSorted().map((path) => licenceOf(join(root, path)))
  writeFileSync(join(folder, 'vendor.LICENSES.txt'), licences.join('\n---\n\n'))
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))!
  const library = /(?:@[^/]+\/)?[^/]+$/.exec(folder.replaceAll('\\', '/'))![0]
  return `${library}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
