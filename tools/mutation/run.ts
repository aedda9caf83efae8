/**
 * `npm run test:mutation` changes klaxon's source, one place at a time, and sees whether the tests notice. About half an hour on two
 * cores; `npm run test:mutation -- envelope` runs one group. Reports of what survived are in `reports/`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Group {
  mutate: string[]
  tests: string[]
}

const unit = (...names: string[]): string[] => names.map((name) => `test/unit/${name}.test.ts`)

const GROUPS: Record<string, Group> = {
  rules: {
    mutate: ['src/core/_rules.ts', 'src/core/_keys.ts'],
    tests: unit('redact-rules', 'redact-disguise', 'redact-corpus', 'redact'),
  },
  scan: {
    mutate: ['src/core/_scan.ts'],
    tests: unit('redact-rules', 'redact-disguise', 'redact-corpus', 'redact'),
  },
  redact: {
    mutate: [
      'src/core/redact.ts',
      'src/core/_random.ts',
      'src/core/_copy.ts',
      'src/core/_redact-options.ts',
    ],
    tests: unit(
      'redact',
      'redact-long',
      'redact-together',
      'redact-options',
      'redact-property',
      'redact-disguise',
      'redact-corpus',
    ),
  },
  fingerprint: {
    mutate: ['src/core/fingerprint.ts'],
    tests: unit('fingerprint'),
  },
  envelope: {
    mutate: ['src/envelope/_scan.ts', 'src/envelope/_splicer.ts'],
    tests: unit('envelope-*'),
  },
  policy: {
    mutate: ['src/core/policy.ts', 'src/outbox/local.ts'],
    tests: unit('policy', 'local-alerts'),
  },
}
const WANTED = 85

const folder = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const named = process.argv.slice(2).filter((name) => name in GROUPS)
let isEnough = true
for (const name of named.length > 0 ? named : Object.keys(GROUPS)) {
  const { mutate, tests } = GROUPS[name]!
  const files = globSync(tests, { cwd: root })
  const env = { ...process.env, NAME: name, MUTATE: mutate.join(), TESTS: files.join() }
  const stryker = `${folder}node_modules/@stryker-mutator/core/bin/stryker.js`
  const args = [stryker, 'run', `${folder}stryker.config.mjs`]
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  for (const [file, score] of scores(name)) {
    isEnough &&= score >= WANTED
    process.stdout.write(`${file}: ${score.toFixed(1)}%\n`)
  }
}
process.exit(isEnough ? 0 : 1)

/** Noticed mutants of each file, in percent. */
function scores(name: string): [file: string, score: number][] {
  const { files } = JSON.parse(readFileSync(`${folder}reports/${name}.json`, 'utf8')) as {
    files: Record<string, { mutants: { status: string }[] }>
  }
  return Object.entries(files).map(([file, { mutants }]) => {
    const noticed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout')
    return [file, (100 * noticed.length) / mutants.length]
  })
}
