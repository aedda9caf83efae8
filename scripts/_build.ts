import { spawnSync } from 'node:child_process'
import { root } from './_sqld.ts'

/**
 * Compiles src/ to dist/, and bundles what `klaxon init` needs. tsc emits even when it finds
 * errors; they are returned, empty when none.
 */
export function build(): string {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
  const { stdout, stderr, status } = spawnSync(process.execPath, tsc, {
    cwd: root,
    encoding: 'utf8',
  })
  spawnSync(process.execPath, ['scripts/bundle-vendor.ts'], { cwd: root, stdio: 'inherit' })
  return status === 0 ? '' : `${stdout}${stderr}`.trim()
}
