/**
 * `npm run test:mutation` changes klaxon's source, one place at a time, and sees whether the tests
 * notice. Hours on two cores; `npm run test:mutation -- envelope` runs one group.
 * Reports of what survived are in `reports/`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Group {
  mutate: string[]
  tests: string[]
  /** Percent of the mutants of each file that must be noticed. @default WANTED */
  least?: number
}

/** Test files by their path below `test/`. */
const files = (...names: string[]): string[] => names.map((name) => `test/${name}.test.ts`)

const REDACT = files(
  'redact/rules',
  'redact/words',
  'redact/by-place',
  'redact/disguise',
  'redact/errors',
  'redact/corpus',
  'redact/redactor',
)

const WRAPPED = files(
  'targets/wrap',
  'targets/hono-*',
  'targets/classes',
  'capture/answer',
  'capture/context',
  'capture/failures',
  'capture/hook-arguments',
  'capture/kinds',
  'capture/occurrence',
  'hono/middleware',
  'hono/printed',
  'hono/validation',
)

const GROUPS: Record<string, Group> = {
  rules: {
    mutate: ['src/redact/_rules.ts', 'src/redact/_formats.ts', 'src/redact/_key-names.ts'],
    tests: REDACT,
  },
  scan: {
    mutate: [
      'src/redact/_text-scanner.ts',
      'src/redact/_text-bytes.ts',
      'src/redact/_pairs.ts',
      'src/redact/_quotes.ts',
      'src/redact/_by-place.ts',
      'src/redact/_shapes.ts',
      'src/redact/_unescape.ts',
    ],
    tests: REDACT,
  },
  redact: {
    mutate: [
      'src/redact/redactor.ts',
      'src/redact/_filter.ts',
      'src/redact/_url-parts.ts',
      'src/redact/_random-segment.ts',
      'src/redact/_copy.ts',
      'src/redact/_options.ts',
      'src/redact/_redact-function.ts',
    ],
    tests: [
      ...REDACT,
      ...files(
        'redact/long',
        'redact/bound',
        'redact/together',
        'redact/options',
        'redact/property',
        'redact/through-klaxon',
      ),
    ],
  },
  fingerprint: {
    mutate: [
      'src/capture/fingerprint.ts',
      'src/capture/normalise.ts',
      'src/capture/quotes.ts',
      'src/capture/generic-message.ts',
    ],
    tests: files(
      'capture/fingerprint',
      'capture/generic-message',
      'capture/grouping',
      'capture/keys',
    ),
  },
  envelope: {
    mutate: ['src/envelope/json/scanner.ts', 'src/envelope/rewrite/splicer.ts'],
    // Without those that change the responses of the process.
    tests: files('envelope/!(light*|static-body|late-symbol)'),
  },
  rewrite: {
    mutate: ['src/envelope/make.ts', 'src/envelope/rewrite/!(splicer|limits|light).ts'],
    // Without those that try every split, and those that change the responses of the process.
    tests: files(
      'envelope/!(light*|static-body|late-symbol|splice|splits|hostile|value)',
      'hono/printed',
      'capture/answer',
    ),
  },
  light: {
    mutate: ['src/envelope/rewrite/light.ts'],
    tests: files('envelope/light-parts'),
  },
  capture: {
    mutate: [
      'src/capture/answer.ts',
      'src/capture/capture.ts',
      'src/capture/fetch.ts',
      'src/capture/respond.ts',
      'src/capture/describe-error.ts',
    ],
    tests: [
      ...WRAPPED,
      ...files(
        'capture/capture',
        'capture/describe-error',
        'capture/fetch',
        'capture/guards',
        'capture/respond',
        'capture/tracing',
        'envelope/ways-out',
      ),
    ],
  },
  hono: {
    mutate: ['src/targets/hono-*.ts'],
    tests: WRAPPED,
  },
  policy: {
    mutate: ['src/alerts/policy.ts', 'src/alerts/in-process.ts', 'src/alerts/settlement.ts'],
    tests: files('alerts/policy', 'alerts/in-process', 'alerts/settlement', 'alerts/channels'),
  },
  auth: {
    mutate: [
      'src/dashboard/auth/crypto.ts',
      'src/dashboard/auth/csrf.ts',
      'src/dashboard/auth/login-limit.ts',
      'src/dashboard/auth/session.ts',
      'src/dashboard/access.ts',
      'src/dashboard/admission.ts',
      'src/cli/dash/door.ts',
    ],
    tests: files('dashboard/auth', 'dashboard/access', 'cli/door'),
    least: 95,
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
  const { mutate, tests, least = WANTED } = GROUPS[name]!
  const gone = mutate.filter((file) => globSync(file, { cwd: root }).length === 0)
  if (gone.length > 0)
    throw new Error(`the group ${name} names files that are not there: ${gone.join()}`)
  const found = globSync(tests, { cwd: root })
  const env = { ...process.env, NAME: name, MUTATE: mutate.join(), TESTS: found.join() }
  const stryker = `${folder}node_modules/@stryker-mutator/core/bin/stryker.js`
  const args = [stryker, 'run', `${folder}stryker.config.mjs`]
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  for (const [file, score] of scores(name)) {
    isEnough &&= score >= least
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
