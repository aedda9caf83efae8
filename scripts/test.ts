/** `npm test`: every check in turn, whatever fails before it; the last line counts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { root } from './_sqld.ts'

interface Step {
  name: string
  /** A file of node_modules and its arguments. */
  run: readonly [string, ...string[]]
}

const temp = mkdtempSync(join(tmpdir(), 'klaxon-test-'))
const report = join(temp, 'vitest.json')
const bin = 'node_modules/.bin'

const steps: readonly Step[] = [
  { name: 'format', run: [`${bin}/oxfmt`, '--check'] },
  { name: 'lint', run: [`${bin}/oxlint`] },
  { name: 'build', run: [`${bin}/tsc`, '-p', 'tsconfig.build.json'] },
  { name: 'bundle', run: [process.execPath, 'scripts/bundle-vendor.ts'] },
  { name: 'types', run: [`${bin}/tsc`] },
]
const checks: readonly Step[] = [
  { name: 'publint', run: [`${bin}/publint`, '--strict'] },
  { name: 'attw', run: [`${bin}/attw`, '--pack', '.', '--profile', 'esm-only'] },
  { name: 'knip', run: [`${bin}/knip`] },
  { name: 'size', run: [`${bin}/size-limit`] },
  {
    name: 'deploy (dry run)',
    run: [`${bin}/wrangler`, 'deploy', '--dry-run', '--outdir', join(temp, 'worker')],
  },
]

let passed = 0
let failed = 0
let current: ChildProcess | null = null

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop(signal))

rmSync(join(root, 'dist'), { recursive: true, force: true })
for (const step of steps) await check(step)
await runTests()
for (const step of checks) await check(step)
rmSync(temp, { recursive: true, force: true })

process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

async function check({ name, run }: Step): Promise<void> {
  const start = performance.now()
  const { code, output } = await execute(run, false)
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`
  process.stdout.write(
    code === 0 ? `ok    ${name} (${took})\n` : `FAIL  ${name} (${took})\n${output}\n`,
  )
  if (code === 0) passed++
  else failed++
}

/**
 * Each test counts; a run that fails without a failed test (a file that does not load) counts as
 * one.
 */
async function runTests(): Promise<void> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await execute([`${bin}/vitest`, 'run', ...reporters], true)
  const counts = readReport()
  passed += counts.numPassedTests
  failed += counts.numFailedTests
  if (code !== 0 && counts.numFailedTests === 0) {
    failed++
    process.stdout.write(`FAIL  vitest ended with ${code}\n`)
  }
}

function readReport(): { numPassedTests: number; numFailedTests: number } {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch (error) {
    process.stdout.write(`vitest left no report: ${String(error)}\n`)
    return { numPassedTests: 0, numFailedTests: 0 }
  }
}

function execute(
  [command, ...args]: Step['run'],
  live: boolean,
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(normalize(command), args, {
      cwd: root,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
      shell: process.platform === 'win32',
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_WRITE_LOGS: 'false',
      },
    })
    current = child
    let output = ''
    const remember = (chunk: Buffer) => void (output += chunk.toString())
    child.stdout?.on('data', remember)
    child.stderr?.on('data', remember)
    child.once('error', (error) => resolve({ code: error.message, output: error.message }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 1, output }))
  })
}

/** vitest stops the servers it started, if it is told. */
function stop(signal: NodeJS.Signals): void {
  current?.once('close', () => process.exit(1))
  current?.kill(signal)
}
