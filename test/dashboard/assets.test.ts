import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { embeddedAssets } from '../../scripts/embed-assets.ts'
import { root } from '../../scripts/_sqld.ts'
import { js } from '../../src/dashboard/_assets.ts'

test('what pages load is made from the newest style and script', async () => {
  // The formatter uses other quotes.
  const words = (text: string) => text.replace(/[\s'"\\,]/g, '')
  const embedded = await readFile(join(root, 'src/dashboard/_assets.ts'), 'utf8')
  expect(words(embedded)).toBe(words(embeddedAssets()))
})

test('the script has at most 3 KB', () => {
  expect(js.text.length).toBeLessThanOrEqual(3_000)
})

test('whoever mounts no dashboard carries nothing of it', async () => {
  const { metafile } = await build({
    entryPoints: [join(root, 'dist/index.js')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    external: ['node:*', 'cloudflare:*'],
  })
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.length).toBeGreaterThan(50)
  expect(inputs.filter((path) => /\/(?:dashboard|read|cli)\/|node_modules/.test(path))).toEqual([])
})
