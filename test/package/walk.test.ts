import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { WALK_PROJECTS } from '../../scripts/_walk-projects.ts'

const run = promisify(execFile)
const main = join(root, 'dist/cli/main.js')
const { files, packages } = WALK_PROJECTS.find(({ name }) => name === 'node')!

test.skipIf(process.platform === 'win32')(
  'an app of ten lines on Node has a stored error after `klaxon init` and its own start, as npm run walk shows with npm',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klaxon-walk-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const link = async (target: string, path: string): Promise<void> => {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await symlink(target, join(folder, path), 'junction')
    }
    // The files after `npm install`: the packed klaxon and its program.
    await link(root, 'node_modules/klaxon')
    const shim = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`
    await mkdir(join(folder, 'node_modules/.bin'))
    await writeFile(join(folder, 'node_modules/.bin/klaxon'), shim, { mode: 0o755 })
    for (const name of [...packages, 'drizzle-orm'])
      await link(join(root, 'node_modules', name), `node_modules/${name}`)
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
    const dependencies = { klaxon: '*', 'drizzle-orm': '*' }
    const manifest = { ...(JSON.parse(files['package.json']!) as object), dependencies }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))

    const klaxon = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: folder })
    const { stderr } = await klaxon('init', '--yes')
    expect(stderr).toContain('Applied 1 to file:klaxon.db')

    const port = await freePort()
    const env = { ...process.env, PORT: String(port) }
    const server = startChild(process.execPath, ['server.js'], { cwd: folder, env })
    onTestFinished(() => server.stop())
    const url = `http://127.0.0.1:${port}`
    expect(await answers(url, { timeoutMs: 20_000, alive: server.running }), server.words()).toBe(
      true,
    )
    const id = (await fetch(`${url}/api/boom`)).headers.get('x-error-id')!
    const issues = async () => (await klaxon('issues')).stdout
    await expect.poll(issues, { timeout: 10_000 }).toContain('Error: Payment failed')
    expect((await klaxon('show', id)).stdout).toContain('server.js:9')
  },
  60_000,
)
