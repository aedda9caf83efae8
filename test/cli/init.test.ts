import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { editConfig, isAsWished } from '../../src/cli/init/config.ts'
import { runCli } from '../support/cli.ts'
import { projects } from '../support/fixtures/init-projects.ts'

const run = promisify(execFile)
const SLACK = 'http://127.0.0.1:9/hook'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaxon-init-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function make(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

const init = (...args: string[]) => {
  const programs: string[] = []
  return runCli(['init', ...args], {
    cwd: folder,
    store: sqlite({ path: ':memory:' }),
    programs,
  }).then((ran) => ({ ...ran, programs }))
}

describe.each(Object.entries(projects))('%s', (_name, files) => {
  beforeEach(() => make(files))

  test('is changed as the diff says', async () => {
    const { code, stdout, stderr } = await init('--dry-run')
    expect(code).toBe(0)
    expect(`${stderr}${stdout}`).toMatchSnapshot()
    for (const [path, text] of Object.entries(files))
      expect(await readFile(join(folder, path), 'utf8')).toBe(text)
  })

  test('is not changed by a second run, and type-checks', { timeout: 60_000 }, async () => {
    await init('--yes')
    const again = await init('--dry-run')
    // Only a package manager changes the installed packages, and none ran.
    expect(again.stdout.replace(/^\w+ \w+ (?:klaxon|drizzle-orm).*\n\n/m, '')).toBe('')
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await typeCheck(Object.keys(files).some((path) => path === 'deno.json'))
  })
})

/** With klaxon's sources instead of the package. */
async function typeCheck(isDeno: boolean): Promise<void> {
  const paths = {
    klaxon: [join(root, 'src/index.ts')],
    'klaxon/d1': [join(root, 'src/store/d1/d1.ts')],
    'klaxon/libsql': [join(root, 'src/store/libsql/libsql.ts')],
    'klaxon/sqlite': [join(root, 'src/store/sqlite/sqlite.ts')],
    'klaxon/slack': [join(root, 'src/notify/slack/slack.ts')],
  }
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    allowJs: true,
    allowImportingTsExtensions: true,
    paths,
  }
  const ambient = join(folder, 'ambient.d.ts')
  await writeFile(
    ambient,
    isDeno
      ? 'declare const Deno: { env: { get(name: string): string | undefined }; serve(handler: object): void }'
      : '',
  )
  const workers = join(root, 'src/store/durable/_workers.d.ts')
  await writeFile(
    join(folder, 'tsconfig.check.json'),
    JSON.stringify({ compilerOptions, include: ['src', '*.ts', 'index.js', workers] }),
  )
  await run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.check.json'],
    { cwd: folder },
  ).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
}

describe('a wrangler config', () => {
  const wishes = { d1: { binding: 'KLAXON_DB', database_name: 'klaxon' }, cron: '* * * * *' }

  test.for([
    ['one line', '{ "name": "x", "vars": {"A": 1} }'],
    ['no space', '{"name":"x"}'],
    ['nothing', '{}'],
    ['comments and trailing commas', '{\n  // one\n  "name": "x", // two\n  /* three */\n}\n'],
    ['tabs and CRLF', '{\r\n\t"name": "x"\r\n}\r\n'],
    ['a list of databases', '{\n    "d1_databases": [\n        { "binding": "DB" }\n    ]\n}\n'],
    ['an empty list', '{ "d1_databases": [], "triggers": { "crons": [] } }'],
    ['an empty trigger', '{ "triggers": {} }'],
    [
      'all there',
      '{ "d1_databases": [{ "binding": "KLAXON_DB" }], "version_metadata": { "binding": "V" }, "triggers": { "crons": ["1 1 * * *"] } }',
    ],
  ] as const)('of JSON with %s keeps what is there', ([, text]) => {
    const edited = editConfig('wrangler.jsonc', text, wishes)
    expect(isAsWished('wrangler.jsonc', edited, wishes)).toBe(true)
    expect(editConfig('wrangler.jsonc', edited, wishes)).toBe(edited)
    expect(edited).toMatchSnapshot()
    // Every earlier line is still there, in the same order.
    let at = 0
    for (const part of text.match(/[^\s,{}[\]]+/g) ?? []) {
      at = edited.indexOf(part, at)
      expect(at).toBeGreaterThanOrEqual(0)
    }
  })

  test.for([
    ['nothing', ''],
    ['a trigger without crons', '[triggers]\n'],
    ['CRLF', 'name = "x"\r\n'],
    ['no line end', 'name = "x"'],
  ] as const)('of TOML with %s gets tables at its end', ([, text]) => {
    const edited = editConfig('wrangler.toml', text, wishes)
    expect(isAsWished('wrangler.toml', edited, wishes)).toBe(true)
    expect(editConfig('wrangler.toml', edited, wishes)).toBe(edited)
    expect(edited.startsWith(text.trimEnd())).toBe(true)
    expect(edited.includes('\r\n')).toBe(text.includes('\r\n'))
  })

  test('of TOML with an inline list is left to a person', () => {
    const text = 'd1_databases = [{ binding = "DB", database_name = "app" }]\n'
    expect(isAsWished('wrangler.toml', editConfig('wrangler.toml', text, wishes), wishes)).toBe(
      false,
    )
  })
})

describe('klaxon init', () => {
  const worker = projects['Hono Worker, jsonc with comments (create-hono)']!

  test('writes, installs, makes types and tables, and prints the deploy command', async () => {
    await make(worker)
    const { code, stdout, stderr, programs } = await init('--yes')
    expect(programs).toEqual([
      'npm install klaxon drizzle-orm',
      'npx wrangler types',
      'npx klaxon migrate',
    ])
    expect(stderr).toContain('put SLACK_WEBHOOK_URL into .dev.vars and .klaxon.secrets')
    expect(stdout).toMatch(/\nnpm run deploy\n$/)
    expect(code).toBe(0)
  })

  test('makes the tables of a server in a file beside it', async () => {
    await make(projects['Node with @hono/node-server']!)
    const { code, programs } = await init('--yes')
    expect(programs).toEqual([
      'npm install klaxon drizzle-orm',
      'npx klaxon migrate --db file:klaxon.db',
    ])
    expect(code).toBe(0)
  })

  test.for([
    ['a re-export', "export { default } from './app'\n"],
    ['an imported app', "import app from './app'\nexport default app\n"],
    ['a class', 'export default class { fetch() {} }\n'],
  ] as const)('gives no cron to a Worker of %s that has no handler for it', async ([, source]) => {
    await make({ ...worker, 'src/index.ts': source })
    const { stderr } = await init('--yes')
    expect(await readFile(join(folder, 'wrangler.jsonc'), 'utf8')).not.toContain('crons')
    expect(stderr).toContain('the main module has no `scheduled` handler')
    const main = await readFile(join(folder, 'src/index.ts'), 'utf8')
    await make({ 'src/index.ts': `${main}\nconst handlers = { scheduled: klaxon.scheduled }\n` })
    await init('--yes')
    expect(await readFile(join(folder, 'wrangler.jsonc'), 'utf8')).toContain('crons')
  })

  test('keeps the webhook in files that git ignores, and off the screen', async () => {
    await make(worker)
    const { code, stdout, stderr } = await init('--yes', '--slack', SLACK)
    for (const file of ['.dev.vars', '.klaxon.secrets'])
      expect(await readFile(join(folder, file), 'utf8')).toContain(`SLACK_WEBHOOK_URL="${SLACK}"`)
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe(
      '.klaxon.secrets\n.dev.vars\n.wrangler\n',
    )
    expect(stdout + stderr).not.toContain(SLACK)
    // Nothing listens there, so the test alert fails. Everything else succeeds.
    expect(stderr).toContain('this did not work: npx klaxon test')
    expect(code).toBe(5)
  })

  test('asks at a terminal for the webhook that no flag and no file names', async () => {
    await make(worker)
    const world = { cwd: folder, store: sqlite({ path: ':memory:' }), answer: true, line: SLACK }
    const { stderr } = await runCli(['init'], world)
    expect(stderr).toContain('Slack webhook URL (Enter for none): ')
    expect(await readFile(join(folder, '.klaxon.secrets'), 'utf8')).toContain(SLACK)
    const again = await runCli(['init'], { ...world, line: 'https://other.example' })
    expect(again.stderr).not.toContain('Slack webhook URL')
    const wrong = await runCli(['init', '--slack', 'my channel'], world)
    expect(wrong).toMatchObject({
      code: 2,
      stderr: 'klaxon: the Slack webhook URL must be a URL\n',
    })
  })

  test('asks, and changes nothing without a yes', async () => {
    await make(worker)
    const world = { cwd: folder, store: sqlite({ path: ':memory:' }) }
    expect((await runCli(['init'], world)).code).toBe(2)
    const { code, stderr } = await runCli(['init'], { ...world, answer: false })
    expect(stderr).toContain('Make these changes?')
    expect(code).toBe(130)
    expect(await readFile(join(folder, 'src/index.ts'), 'utf8')).toBe(worker['src/index.ts'])
  })

  const scriptsNow = async () => {
    const text = await readFile(join(folder, 'package.json'), 'utf8')
    return (JSON.parse(text) as { scripts: object }).scripts
  }

  const deployOf = async (scripts: object, ...args: string[]) => {
    await make({ ...worker, 'package.json': JSON.stringify({ scripts }) })
    const { stdout } = await init('--yes', ...args)
    return { scripts: await scriptsNow(), command: stdout.trimEnd().split('\n').at(-1) }
  }
  const UPLOAD = '--remote --wrangler-output .wrangler/deploys.ndjson'

  test('lets the deploy script upload the maps of the folder and environment that it names', async () => {
    const deploy = 'npx wrangler deploy --env=staging --outdir out'
    expect(await deployOf({ deploy })).toEqual({
      scripts: {
        deploy:
          'WRANGLER_OUTPUT_FILE_PATH=.wrangler/deploys.ndjson npx wrangler deploy --secrets-file .klaxon.secrets --upload-source-maps' +
          ` --env=staging --outdir out && klaxon sourcemaps upload out ${UPLOAD} -e staging`,
      },
      command: 'npm run deploy',
    })
  })

  const VARIABLE = 'WRANGLER_OUTPUT_FILE_PATH=.wrangler/deploys.ndjson'
  const FLAGS = '--secrets-file .klaxon.secrets --upload-source-maps --outdir .wrangler/build'

  test.for([
    'pnpm',
    'pnpm exec',
    'bun',
    'bun x',
    'npx --yes',
    'npm exec --',
    'yarn run',
    'doppler run --',
    'dotenv -e .env -- npx',
    'A="b c" cross-env D=e',
  ])('puts its variable in front of %s', async (runner) => {
    const { scripts } = await deployOf({ deploy: `${runner} wrangler deploy` })
    const upload = `klaxon sourcemaps upload .wrangler/build ${UPLOAD}`
    const deploy = `${VARIABLE} ${runner} wrangler deploy ${FLAGS} && ${upload}`
    expect(scripts).toEqual({ deploy })
  })

  test('reads the options of the deploy alone, with their quotes', async () => {
    const name = 'to production'
    const before = 'vite build -e dev && ./node_modules/.bin/wrangler deploy'
    const options = '-c wrangler.prod.toml --env "$STAGE" --outdir="my dir"'
    const script = `${before} ${options} || notify -e ops`
    expect(await deployOf({ [name]: script })).toEqual({
      scripts: {
        [name]:
          `vite build -e dev && ${VARIABLE} ./node_modules/.bin/wrangler deploy --secrets-file .klaxon.secrets` +
          ` --upload-source-maps ${options} && klaxon sourcemaps upload "my dir" ${UPLOAD}` +
          ' -c wrangler.prod.toml -e "$STAGE" || notify -e ops',
      },
      command: `npm run "${name}"`,
    })
  })

  test.for([
    'wrangler deploy -e a && wrangler deploy -e b',
    'npm exec wrangler deploy',
    'turbo run wrangler deploy',
    'cd api && wrangler deploy',
    'wrangler --env staging deploy',
    'wrangler deploy --cwd api',
    'wrangler deploy "--outdir=out"',
    'wrangler deploy --var "A:$(date)"',
    'wrangler deploy --message "it',
    'wrangler deploy | tee log',
    'WRANGLER_OUTPUT_FILE_PATH=log wrangler deploy',
  ])('leaves %s alone, and prints the lines to paste', async (deploy) => {
    await make({ ...worker, 'package.json': JSON.stringify({ scripts: { deploy } }) })
    const { code, stderr } = await init('--yes')
    expect(await scriptsNow()).toEqual({ deploy })
    expect(stderr).toContain('The script "deploy" of package.json has a form')
    expect(stderr).toContain(`${VARIABLE} wrangler deploy ${FLAGS} && klaxon sourcemaps upload`)
    expect(code).toBe(5)
  })

  test('says no more about a script that a person has edited', async () => {
    const done =
      '(wrangler deploy --secrets-file .klaxon.secrets && klaxon sourcemaps upload .wrangler/build)'
    await make({ ...worker, 'package.json': JSON.stringify({ scripts: { deploy: done } }) })
    expect((await init('--yes')).stderr).not.toContain('To do by hand')
  })

  test('uploads no maps when it is told', async () => {
    const scripts = { release: 'wrangler deploy', check: 'wrangler deploy --dry-run' }
    expect(await deployOf(scripts, '--no-sourcemaps')).toEqual({
      scripts: { ...scripts, release: 'wrangler deploy --secrets-file .klaxon.secrets' },
      command: 'npm run release',
    })
  })

  test('leaves a deploy script of another kind alone', async () => {
    const scripts = { deploy: 'turbo deploy' }
    const command = 'npx wrangler deploy --secrets-file .klaxon.secrets'
    expect(await deployOf(scripts)).toEqual({ scripts, command })
  })

  test('in a monorepo edits the folder that it runs in, with the package manager of the whole', async () => {
    const inside = Object.entries(worker).filter(([path]) => path !== 'package-lock.json')
    await make({
      'pnpm-lock.yaml': '',
      'package.json': '{ "private": true }',
      ...Object.fromEntries(inside.map(([path, text]) => [`apps/api/${path}`, text])),
    })
    const programs: string[] = []
    const cwd = join(folder, 'apps/api')
    const store = sqlite({ path: ':memory:' })
    const { stdout } = await runCli(['init', '--yes'], { cwd, store, programs })
    expect(programs).toEqual([
      'pnpm add klaxon drizzle-orm',
      'pnpm exec wrangler types',
      'pnpm exec klaxon migrate',
    ])
    expect(stdout).toMatch(/\npnpm run deploy\n$/)
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe('{ "private": true }')
  })

  test('needs a project', async () => {
    const { code, stderr } = await init('--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('there is no package.json here')
  })
})
