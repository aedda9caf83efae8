/** `npm start`: a libSQL server, the migrations and the example Worker, until Ctrl-C. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { build } from './_build.ts'
import { type Child, startChild } from './_child.ts'
import { fileUrl, migrateDatabase, runningSqld, startLocalSqld } from './_database.ts'
import { answers, freePort, isListening } from './_net.ts'
import {
  dataDir,
  displayUrl,
  Halt,
  localSecret,
  readVars,
  stateFile,
  toEnvFile,
} from './_settings.ts'
import { root, sqldExists } from './_sqld.ts'

const DEFAULT_PORT = 8787
const DEFAULT_SQLD_PORT = 8080

const envFile = join(dataDir, `dev-${process.pid}.env`)
const children: Child[] = []
let stopping = false
let noted = false

try {
  await start()
} catch (error) {
  await stopAll()
  if (stopping) process.exit(0)
  process.stderr.write(`\n${error instanceof Halt ? error.message : String(error)}\n`)
  process.exit(1)
}

async function start(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  const vars = readVars()
  const port = readPort(vars.PORT)
  delete vars.PORT
  if (await isListening(port)) {
    throw new Halt(
      `Port ${port} is in use: stop what listens there, or choose another with PORT=${port + 1} npm start.`,
    )
  }
  const local = !vars.LIBSQL_URL
  if (local) await refuseSecondStart()
  const errors = build()
  if (errors) throw new Halt(`src/ does not compile:\n${errors}`)

  await mkdir(dataDir, { recursive: true })
  const url = vars.LIBSQL_URL ?? (await startDatabase())
  await migrateDatabase(url, vars.LIBSQL_AUTH_TOKEN)

  const address = `http://127.0.0.1:${port}`
  const secret = vars.KLAXON_SECRET ?? localSecret()
  const own = { KLAXON_SECRET: secret, DASHBOARD_URL: `${address}/klaxon` }
  const host = await startHost(url, port, { ...vars, ...own })
  if (!(await answers(address, { timeoutMs: 60_000, alive: host.running }))) {
    if (stopping) return
    throw new Halt(`The example did not start:\n${host.words()}`)
  }
  printGuide(address, url, {
    isLocal: local,
    hasSlack: vars.SLACK_WEBHOOK_URL !== undefined,
    secret: vars.KLAXON_SECRET === undefined ? secret : 'KLAXON_SECRET',
  })
  host.passThrough()

  await Promise.race(children.map((child) => child.ended))
  if (stopping) return
  const dead = children.find((child) => !child.running())
  throw new Halt(
    `${dead === host ? 'The example' : 'The libSQL server'} stopped by itself.\n${dead?.words() ?? ''}`,
  )
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_PORT)
  if (Number.isInteger(port) && port > 0 && port < 65_535) return port
  throw new Halt(`PORT is ${text}: give a number from 1 to 65534.`)
}

/** Asked before anything is compiled, because the other one serves what is compiled. */
async function refuseSecondStart(): Promise<void> {
  const running = await runningSqld()
  if (!running) return
  const folder = relative(process.cwd(), dataDir)
  throw new Halt(
    `${folder} is in use by another npm start: stop it with Ctrl-C in its terminal, or with kill ${running.pid}.`,
  )
}

/** The local database's URL; starts its server where the platform has one. */
async function startDatabase(): Promise<string> {
  if (!sqldExists) return fileUrl
  const sqld = await startLocalSqld(await freePort(DEFAULT_SQLD_PORT))
  children.push(sqld)
  noted = true
  await writeFile(stateFile, JSON.stringify({ pid: sqld.pid, url: sqld.url }))
  return sqld.url
}

/** A Worker cannot open a file, so a `file:` database is served by the Node example. */
async function startHost(url: string, port: number, vars: Record<string, string>): Promise<Child> {
  const env = { ...process.env, ...vars, LIBSQL_URL: url }
  const host = url.startsWith('file:')
    ? startChild(process.execPath, ['examples/node.ts'], {
        cwd: root,
        env: { ...env, PORT: String(port) },
        inherit: true,
      })
    : await startWrangler(port, { ...vars, LIBSQL_URL: url })
  children.push(host)
  return host
}

async function startWrangler(port: number, vars: Record<string, string>): Promise<Child> {
  // A file that only its owner reads: arguments show in the process list.
  await writeFile(envFile, toEnvFile(vars), { mode: 0o600 })
  const args = ['node_modules/wrangler/bin/wrangler.js', 'dev', '--env-file', envFile]
  args.push(
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--inspector-port',
    String(await freePort()),
  )
  args.push('--show-interactive-dev-session=false', '--log-level', 'log')
  return startChild(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
    },
  })
}

interface Guide {
  isLocal: boolean
  hasSlack: boolean
  /** The secret that was made for this folder, or the name of the developer's own. */
  secret: string
}

function printGuide(address: string, url: string, { isLocal, hasSlack, secret }: Guide): void {
  const kept = isLocal ? `, kept in ${relative(process.cwd(), dataDir) || '.'}` : ''
  process.stdout.write(`
klaxon's example listens on ${address} (Ctrl-C stops everything)

Try, in a second terminal:
  curl -i ${address}/api/hello
  curl -i ${address}/api/users/42
  curl -i -X POST ${address}/api/orders -d 'not json'
  curl -i ${address}/api/boom
  curl -i ${address}/api/unavailable

Rows       ${displayUrl(url)}${kept}; npm run db:show prints the latest
Alerts     ${hasSlack ? 'go to Slack' : 'are printed here; put SLACK_WEBHOOK_URL into .dev.vars for Slack'}
Dashboard  ${address}/klaxon; log in with ${secret}

`)
}

function onSignal(): void {
  if (stopping) return
  stopping = true
  process.stdout.write('\nStopping\n')
  void stopAll().then(() => process.exit(0))
}

async function stopAll(): Promise<void> {
  // The example first: its last rows still need the database.
  for (const child of children.toReversed()) await child.stop()
  await rm(envFile, { force: true })
  if (noted) await rm(stateFile, { force: true })
}
