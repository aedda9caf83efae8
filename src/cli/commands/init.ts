import { writeFile as write } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, CommandError, type Context, EXIT } from '../command.ts'
import { findChannels } from '../channels.ts'
import { SQLITE_PATH } from '../database/open.ts'
import { findVariable } from '../database/variables.ts'
import { diffOf } from '../init/diff.ts'
import { makePlan, type Plan } from '../init/plan.ts'
import { findProject, manifestOf, type PackageManager, type Project } from '../init/project.ts'
import { sendTestAlert } from './test.ts'

const ADD: Record<PackageManager, readonly string[]> = {
  npm: ['install'],
  pnpm: ['add'],
  yarn: ['add'],
  bun: ['add'],
}

/** How each package manager runs a program of the project. */
const EXECUTE: Record<PackageManager, readonly [string, ...string[]]> = {
  npm: ['npx'],
  pnpm: ['pnpm', 'exec'],
  yarn: ['yarn'],
  bun: ['bunx'],
}

export const initCommand: Command = {
  name: 'init',
  summary: 'set klaxon up in the project of this folder',
  help: `klaxon init [--slack <webhook url>] [--yes] [--dry-run] [--no-sourcemaps]

Sets klaxon up in the project of this folder: installs it, wraps the main module, gives the wrangler
config a D1 database, a version and a cron, makes the tables of the local database and sends a test
alert. It shows every change first, and asks. A second run changes nothing. Comments and formatting
stay; what it cannot do safely it prints as lines to paste.

  --slack <url>      the Slack webhook URL; kept in files that git ignores
  -y, --yes          do not ask
  --dry-run          show the changes, and make none
  --no-sourcemaps    the deploy script uploads no source maps
`,
  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        slack: { type: 'string' },
        yes: { type: 'boolean', short: 'y' },
        'dry-run': { type: 'boolean' },
        'no-sourcemaps': { type: 'boolean' },
      },
    })
    const project = findProject(context)
    const plan = makePlan(project, {
      slackUrl: await slackUrlOf(values, context),
      // The script sets a variable in the syntax of POSIX shells.
      hasMaps: values['no-sourcemaps'] !== true && platform() !== 'win32',
    })
    const packages = missingPackages(project)
    show({ project, plan, packages }, context)
    if (values['dry-run'] === true) return EXIT.done
    if (plan.edits.length + packages.length === 0) {
      context.stderr('klaxon is set up already: nothing to change.\n')
      return EXIT.done
    }
    if (values.yes !== true) {
      if (!context.isTTY.stdin)
        throw new CommandError('there is no terminal to ask at: pass --yes', EXIT.usage)
      if (!(await context.confirm('Make these changes?'))) return EXIT.interrupted
    }
    for (const { path, after } of plan.edits) await write(join(project.folder, path), after)
    const isWhole = await finish({ project, packages }, context)
    sayNext(project, plan, context)
    return isWhole && plan.notes.length === 0 ? EXIT.done : EXIT.partlyDone
  },
}

interface InitFlags {
  slack?: string | undefined
  yes?: boolean | undefined
  'dry-run'?: boolean | undefined
}

/** The webhook URL of the flag, else of the person at the terminal; empty for none. */
async function slackUrlOf(flags: InitFlags, context: Context): Promise<string> {
  const mayAsk =
    context.isTTY.stdin &&
    flags.yes !== true &&
    flags['dry-run'] !== true &&
    findVariable('SLACK_WEBHOOK_URL', {}, context) === undefined
  const url =
    flags.slack ?? (mayAsk ? await context.ask('Slack webhook URL (Enter for none): ') : '')
  if (url !== '' && !URL.canParse(url))
    throw new CommandError('the Slack webhook URL must be a URL', EXIT.usage)
  return url
}

function missingPackages({ folder, database }: Project): string[] {
  const { dependencies = {}, devDependencies = {} } = manifestOf(folder)
  const known = { ...dependencies, ...devDependencies }
  const needed = ['klaxon', 'drizzle-orm', ...(database === 'libsql' ? ['@libsql/client'] : [])]
  return needed.filter((name) => !Object.hasOwn(known, name))
}

interface Work {
  project: Project
  plan: Plan
  packages: readonly string[]
}

function show({ project, plan, packages }: Work, context: Context): void {
  const { host, packageManager, main, config } = project
  const parts = [host, packageManager, config, main].filter((part) => part !== undefined)
  context.stderr(`Found ${parts.join(', ')}.\n\n`)
  for (const edit of plan.edits) context.stdout(`${diffOf(edit, context.style)}\n`)
  if (packages.length > 0)
    context.stdout(`${packageManager} ${ADD[packageManager].join(' ')} ${packages.join(' ')}\n\n`)
  for (const note of plan.notes) context.stderr(`To do by hand: ${note}\n\n`)
}

/**
 * Installs, creates types and tables, and sends a test alert. false when a step failed. The others
 * still run.
 */
async function finish(
  { project, packages }: Pick<Work, 'project' | 'packages'>,
  context: Context,
): Promise<boolean> {
  const { folder, packageManager, host, isTypeScript, database } = project
  let isWhole = true
  const step = async (words: string, work: () => Promise<boolean>): Promise<void> => {
    const isDone = await work().catch((error: unknown) => {
      context.stderr(`klaxon: ${error instanceof Error ? error.message : String(error)}\n`)
      return false
    })
    if (isDone) return
    isWhole = false
    context.stderr(`klaxon: this did not work: ${words}\n`)
  }
  if (packages.length > 0) {
    await step(
      `${packageManager} ${ADD[packageManager].join(' ')} ${packages.join(' ')}`,
      async () =>
        isZero(await context.run(packageManager, [...ADD[packageManager], ...packages], folder)),
    )
  }
  const execute = async (...command: string[]): Promise<void> => {
    const [program, ...first] = EXECUTE[packageManager]
    const words = [program, ...first, ...command].join(' ')
    await step(words, async () =>
      isZero(await context.run(program, [...first, ...command], folder)),
    )
  }
  if (host === 'Workers' && isTypeScript) await execute('wrangler', 'types')
  // Runs the project's klaxon, whose version will write to the tables.
  if (host === 'Workers') await execute('klaxon', 'migrate')
  else if (database === 'sqlite') {
    const path = findVariable('KLAXON_PATH', {}, context)?.value ?? SQLITE_PATH
    await execute('klaxon', 'migrate', '--db', `file:${path}`)
  }
  if (findChannels({}, context).length > 0)
    await step('npx klaxon test', async () => isZero(await sendTestAlert({}, context)))
  return isWhole
}

const isZero = (code: number): boolean => code === EXIT.done

function sayNext({ host }: Project, { deployCommand }: Plan, context: Context): void {
  if (findChannels({}, context).length === 0) {
    const file = host === 'Workers' ? '.dev.vars and .klaxon.secrets' : '.env'
    context.stderr(`For alerts in Slack put SLACK_WEBHOOK_URL into ${file}.\n`)
  }
  if (deployCommand !== undefined) context.stdout(`${deployCommand}\n`)
}
