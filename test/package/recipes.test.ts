import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'

const run = promisify(execFile)
const PAGES = ['README.md', 'docs/recipes.md', 'docs/frameworks.md']
const PACKAGES = ['hono', '@hono/node-server', '@libsql/client', '@sveltejs/kit', '@types/node']
const COMPILER = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'preserve',
  moduleResolution: 'bundler',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
}

interface Recipe {
  /** Its position, such as `docs/recipes.md:12`. */
  place: string
  /** The file that its first line names. */
  file: string | undefined
  text: string
}

/** The modules of a page. */
async function recipesOf(page: string): Promise<Recipe[]> {
  const markdown = await readFile(join(root, page), 'utf8')
  return [...markdown.matchAll(/```ts\n([^]*?)```/g)].map(({ index, 1: text = '' }) => ({
    place: `${page}:${markdown.slice(0, index).split('\n').length}`,
    file: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1],
    text,
  }))
}

let temp: string
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'klaxon-recipes-'))
  await mkdir(join(temp, 'node_modules'))
  await symlink(root, join(temp, 'node_modules/klaxon'), 'junction')
  for (const name of PACKAGES) {
    await mkdir(dirname(join(temp, 'node_modules', name)), { recursive: true })
    await symlink(join(root, 'node_modules', name), join(temp, 'node_modules', name), 'junction')
  }
  await writeFile(join(temp, 'package.json'), '{ "type": "module", "private": true }')
})
afterAll(() => rm(temp, { recursive: true, force: true }))

it('every module of the pages compiles as it stands', async () => {
  const folder = join(temp, 'all')
  await cp(join(root, 'test/support/fixtures/recipes'), folder, { recursive: true })
  await cp(join(root, 'src/store/durable/_workers.d.ts'), join(folder, 'workers.d.ts'))
  const recipes = (await Promise.all(PAGES.map(recipesOf))).flat()
  expect(recipes.length).toBeGreaterThan(15)
  for (const { place, file, text } of recipes) {
    const name = file === 'klaxon.ts' ? file : `${place.replace(/\W/g, '-')}.ts`
    await writeFile(join(folder, name), `${text}\nexport {}\n`)
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER, include: ['*.ts'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
}, 60_000)

describe.each([
  ['README.md', 'node.ts', () => process.execPath, []],
  ['docs/recipes.md', 'node.ts', () => process.execPath, []],
  ['docs/recipes.md', 'bun.ts', bunBinary, []],
  ['docs/recipes.md', 'deno.ts', denoBinary, ['run', '-A']],
] as const)('%s, %s', (page, file, binary, args) => {
  it('runs, and stores what fails', async () => {
    const folder = join(temp, `${page}-${file}`.replaceAll('/', '-'))
    await mkdir(folder)
    const recipe = (await recipesOf(page)).find((each) => each.file === file)!
    const port = await freePort()
    await writeFile(join(folder, file), recipe.text.replace('8787', String(port)))
    const env = { ...process.env, SLACK_WEBHOOK_URL: '' }
    const child = startChild(binary(), [...args, file], { cwd: folder, env })
    try {
      const url = `http://127.0.0.1:${port}`
      const alive = child.running
      expect(await answers(url, { timeoutMs: 20_000, alive }), child.words()).toBe(true)
      const id = (await fetch(`${url}/nowhere`)).headers.get('x-error-id')
      const store = sqlite({ path: join(folder, 'klaxon.db'), migrate: false })
      const ids = () =>
        store.occurrences().then(
          (rows) => rows.map((row) => row.id),
          () => [],
        )
      await expect.poll(ids, { timeout: 10_000 }).toEqual([id])
    } finally {
      await child.stop()
    }
  }, 40_000)
})
