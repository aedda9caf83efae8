import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import type { Store } from '../../src/model/store.ts'
import type { Host } from '../suites/behaviour.ts'
import { runCli } from '../support/cli.ts'
import { wranglerHost } from '../support/wrangler-host.ts'
import { SHOP } from './builds.ts'

const folder = mkdtempSync(join(tmpdir(), 'klaxon-dev-'))
let host: Host

beforeAll(async () => {
  cpSync(SHOP, folder, { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  for (const [name, target] of [
    ['klaxon', root],
    ['hono', join(root, 'node_modules/hono')],
  ] as const)
    symlinkSync(target, join(folder, 'node_modules', name))
  const config = {
    name: 'shop',
    main: 'src/worker.ts',
    compatibility_date: '2026-08-01',
    compatibility_flags: ['nodejs_compat'],
  }
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify(config))
  host = await wranglerHost('dev', folder)
}, 60_000)
afterAll(async () => {
  await host?.stop?.()
  rmSync(folder, { recursive: true })
})

it('a throw under `wrangler dev` is shown in the lines of the sources, without an upload', async () => {
  const response = await host.fetch('/charge')
  await response.arrayBuffer()
  const id = response.headers.get('x-error-id')!
  const store = host.store as Store
  await expect.poll(() => store.occurrences({ id })).toHaveLength(1)
  const { code, stdout } = await runCli(['show', id, '--context', '1'], {
    cwd: folder,
    store,
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(/> Gateway\.capture \(src\/pay\/gateway\.ts:17:\d+\)/)
  expect(stdout).toContain('throw new TypeError(`Cannot charge ${card.cents} cents`)')
  expect(stdout).toMatch(/> chargeCard \(src\/pay\/charge\.ts:20:\d+\)/)
})
