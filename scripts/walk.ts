/**
 * The first minutes of a new user, measured: an empty folder, an app of ten lines, `npx klaxon init
 * --yes`, the app's own start, one request that fails, `npx klaxon issues`. `npm run walk` walks
 * all projects, `npm run walk -- worker --node FILE --npm FOLDER` one, on another Node binary and
 * another npm package. It needs the registry, and is no part of `npm test`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { bunBinary } from '../test/support/binaries.ts'
import { answers, freePort } from './_net.ts'
import { root } from './_sqld.ts'
import { WALK_PROJECTS, type WalkProject } from './_walk-projects.ts'
import { startWalkRegistry } from './_walk-registry.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    npm: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const temp = mkdtempSync(join(tmpdir(), 'klaxon-walk-'))
const names = positionals.length > 0 ? positionals : WALK_PROJECTS.map(({ name }) => name)

execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', temp], { cwd: root })
const manifest = readFileSync(join(root, 'package.json'), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }
const registry = await startWalkRegistry(join(temp, `klaxon-${version}.tgz`), manifest)
try {
  for (const project of WALK_PROJECTS.filter(({ name }) => names.includes(name)))
    await walk(project)
} finally {
  registry.close()
  if (!values.keep) rmSync(temp, { recursive: true, force: true })
}

async function walk({ name, files, packages, start }: WalkProject): Promise<void> {
  const folder = join(temp, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const env = environment(folder)
  const run = (...command: string[]): Promise<string> => execute(command, folder, env)
  await run('npm', 'install', ...packages)
  const versions = `${(await run('node', '-v')).trim()}, npm ${(await run('npm', '-v')).trim()}`

  const began = performance.now()
  process.stdout.write(
    `\n== ${name} on ${versions}\n${await run('npx', '--yes', 'klaxon', 'init', '--yes')}`,
  )
  const port = await freePort()
  const server = spawn(
    start[0]!,
    [...start.slice(1), ...(start.at(-1) === '--port' ? [String(port)] : [])],
    {
      cwd: folder,
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    },
  )
  try {
    const url = `http://127.0.0.1:${port}`
    if (!(await answers(url, { timeoutMs: 60_000 }))) throw new Error(`${name} did not start`)
    const response = await fetch(`${url}/api/boom`)
    process.stdout.write(`${response.status} ${await response.text()}\n`)
    const id = response.headers.get('x-error-id')
    const found = await eventually(() => run('npx', 'klaxon', 'issues'), /Payment failed/)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const shown = await run('npx', 'klaxon', 'show', String(id))
    process.stdout.write(`${found}${shown}`)
    process.stdout.write(
      `== ${name}: ${seconds} s from \`npx klaxon init\` to the stored error, on ${versions}\n`,
    )
  } finally {
    stop(server)
  }
}

/** The chosen Node and npm first on the PATH, and the registry that has this klaxon. */
function environment(folder: string): NodeJS.ProcessEnv {
  const bin = join(temp, 'bin')
  mkdirSync(bin, { recursive: true })
  const link = (name: string, target: string): void => {
    rmSync(join(bin, name), { force: true })
    symlinkSync(target, join(bin, name))
  }
  link('node', values.node)
  link('bun', bunBinary())
  if (values.npm !== undefined)
    for (const name of ['npm', 'npx']) link(name, join(values.npm, `bin/${name}-cli.js`))
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  return {
    ...Object.fromEntries(inherited),
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    HOME: folder,
    NO_COLOR: '1',
    WRANGLER_SEND_METRICS: 'false',
    npm_config_registry: registry.url,
    npm_config_cache: join(temp, 'cache'),
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
  }
}

function execute(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${command.join(' ')} ended with ${code}:\n${output}`)),
    )
  })
}

async function eventually(ask: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask()
    if (pattern.test(answer)) return answer
    if (attempt === 10) throw new Error(`nothing was stored:\n${answer}`)
  }
}

function stop({ pid }: ChildProcess): void {
  // Its own process group: npx starts wrangler, and wrangler starts workerd.
  if (pid !== undefined) process.kill(-pid, 'SIGTERM')
}
