/**
 * Writes src/dashboard/_assets.ts from src/dashboard/assets/: a Worker has no file system. Run
 * after a change there.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

const folder = fileURLToPath(new URL('../src/dashboard/', import.meta.url))

/** The text of src/dashboard/_assets.ts. */
export function embeddedAssets(): string {
  const assets = (['css', 'js'] as const).map((loader) => {
    const name = loader === 'css' ? 'style.css' : 'script.js'
    const source = readFileSync(`${folder}assets/${name}`, 'utf8')
    const { code } = transformSync(source, { loader, minify: true, charset: 'ascii' })
    const text = code.trim()
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
    return `export const ${loader} = {\n  name: '${hash}.${loader}',\n  text: ${JSON.stringify(text)},\n}\n`
  })
  return `// Made from assets/ by scripts/embed-assets.ts: do not edit.\n\n${assets.join('\n')}`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(`${folder}_assets.ts`, embeddedAssets())
