import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type CodeEdit, wrapDefaultExport, wrapServer } from './code.ts'
import {
  type ConfigWishes,
  editConfig,
  environmentsWithout,
  hasCrons,
  isAsWished,
  readConfig,
  versionBinding,
} from './config.ts'
import { withDeployScript } from './deploy-script.ts'
import { withLines, withVariables } from './files.ts'
import type { Project } from './project.ts'
import { setupModule } from './templates.ts'

export interface Edit {
  /** Relative to the project's folder. */
  path: string
  before: string
  after: string
}

export interface Plan {
  edits: Edit[]
  /** Steps for a person, which klaxon cannot do safely. */
  notes: string[]
  /** The command that deploys the Worker; undefined for a server. */
  deployCommand: string | undefined
}

interface PlanOptions {
  /** Empty when it is not known. */
  slackUrl: string
  /** Whether the deploy script uploads source maps. */
  hasMaps: boolean
}

const CRON = '*/5 * * * *'
const IGNORED = ['.klaxon.secrets', '.dev.vars', '.wrangler']
const D1 = { binding: 'KLAXON_DB', database_name: 'klaxon' }

const CRON_NOTE =
  "Retention and waiting alerts need klaxon.maintain(). Add to the Worker's `scheduled` handler:\n" +
  '    ctx.waitUntil(klaxon.maintain({ env }))'

const HANDLER_NOTE =
  'Retention and waiting alerts need a cron, and the main module has no `scheduled` handler that it could call. ' +
  'Export one beside `fetch`, then run `klaxon init` again:\n' +
  '    scheduled: klaxon.scheduled    // in a class: a method that calls klaxon.maintain({ env })'

/** All changes of `klaxon init` in the project. A second run changes nothing. */
export function makePlan(project: Project, { slackUrl, hasMaps }: PlanOptions): Plan {
  const { folder } = project
  const edits: Edit[] = []
  const notes: string[] = []
  let deployCommand: string | undefined
  const read = (path: string): string =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : ''
  const change = (path: string, after: string): void => {
    const before = read(path)
    if (after !== before) edits.push({ path, before, after })
  }

  const code = planCode(project, { read, change, notes })
  if (project.host === 'Workers') {
    const hasHandler = /\bscheduled\b/.test(code)
    planConfig(project, { read, change, notes }, hasHandler ? CRON : null)
    change('.dev.vars', withVariables(read('.dev.vars'), { SLACK_WEBHOOK_URL: slackUrl }))
    change('.klaxon.secrets', secretsFile(read('.klaxon.secrets'), slackUrl))
    change('.gitignore', withLines(read('.gitignore'), IGNORED))
    const { packageManager, database } = project
    // Maps go to the deployed D1 database. Only the deployment knows the URL of another database.
    const how = { hasMaps: hasMaps && database === 'd1', packageManager }
    const deploy = withDeployScript(read('package.json'), how)
    change('package.json', deploy.text)
    notes.push(...deploy.notes)
    deployCommand = deploy.command
  } else {
    change('.gitignore', withLines(read('.gitignore'), ['klaxon.db*', '.env']))
    change('.env', withVariables(read('.env'), { SLACK_WEBHOOK_URL: slackUrl }))
  }
  return { edits, notes, deployCommand }
}

/**
 * The secrets that are uploaded with the Worker. wrangler refuses an empty file, but the key that
 * signs klaxon's log lines is always there.
 */
function secretsFile(before: string, slackUrl: string): string {
  const key = randomUUID().replaceAll('-', '')
  const text = withVariables(before, { KLAXON_LOG_KEY: key })
  return slackUrl === ''
    ? withLines(text, ['# SLACK_WEBHOOK_URL="https://hooks.slack.com/services/…"'])
    : withVariables(text, { SLACK_WEBHOOK_URL: slackUrl })
}

interface Writing {
  read: (path: string) => string
  change: (path: string, after: string) => void
  notes: string[]
}

/** @returns the text of the main module, with its changes */
function planCode(project: Project, { read, change, notes }: Writing): string {
  const { host, main, config, isTypeScript, importSuffix, database } = project
  const version =
    config === undefined ? 'CF_VERSION_METADATA' : versionBinding(readConfig(config, read(config)))
  const setup = setupModule({ host, isTypeScript, database, versionBinding: version })
  if (main === undefined) {
    notes.push(`No main module was found. Put this into a module:\n\n${setup}`)
    return ''
  }
  const source = read(main)
  // This is a second run, or the service already uses klaxon.
  if (/from\s*['"](?:klaxon(?:\/[\w/]+)?|\.\/klaxon(?:\.[mc]?[jt]s)?)['"]/.test(source))
    return source
  const suffix = /\.[mc]?[jt]sx?$/.exec(main)![0].replace('x', '')
  const path = join(dirname(main), `klaxon${suffix}`)
  if (read(path) !== '' && !read(path).includes('createKlaxon')) {
    notes.push(`${path} is there already. Put this into another module:\n\n${setup}`)
    return source
  }
  const importPath = `./klaxon${importSuffix.replace('x', '')}`
  const edited = edit(project, source, importPath)
  // The server is not a fetch handler, so nothing would import the module.
  const isOwnServer = 'reason' in edited && host !== 'Workers'
  if (read(path) === '' && !isOwnServer) change(path, setup)
  if ('reason' in edited) {
    notes.push(
      `${main} ${edited.reason}. Wrap what handles its requests:\n` +
        `    import { klaxon } from '${importPath}'\n    export default klaxon.wrap(…)` +
        (isOwnServer ? `\n\n${path}:\n\n${setup}` : ''),
    )
    return source
  }
  change(main, edited.text)
  if (host === 'Workers' && !edited.hasCron && /\bscheduled\b/.test(source)) notes.push(CRON_NOTE)
  return edited.text
}

function edit({ host }: Project, source: string, importPath: string): CodeEdit {
  if (host === 'Workers') return wrapDefaultExport(source, importPath)
  const server = wrapServer(source, importPath)
  return 'text' in server ? server : onlyWrapped(wrapDefaultExport(source, importPath))
}

/** Whether the host has `scheduled`. On other hosts klaxon maintains itself by a timer. */
function onlyWrapped(edited: CodeEdit): CodeEdit {
  if ('reason' in edited) return edited
  const text = edited.text
    .replace(/Object\.assign\((klaxon\.wrap\(\w+\)), \{ scheduled: klaxon\.scheduled \}\)/, '$1')
    .replace(/klaxon\.wrap\(\{ \.\.\.(\w+), scheduled: klaxon\.scheduled \}\)/, 'klaxon.wrap($1)')
  return { ...edited, text }
}

function planConfig(
  { config, database }: Project,
  { read, change, notes }: Writing,
  cron: string | null,
): void {
  if (config === undefined) return
  if (cron === null && !hasCrons(readConfig(config, read(config)))) notes.push(HANDLER_NOTE)
  const environments =
    database === 'd1' ? environmentsWithout(D1.binding, readConfig(config, read(config))) : []
  if (environments.length > 0)
    notes.push(
      `Environments inherit no bindings. Give ${environments.join(', ')} in ${config} a D1 binding ` +
        `${D1.binding} and version_metadata too, or deploy without an environment.`,
    )
  const wishes: ConfigWishes = { d1: database === 'libsql' ? null : D1, cron }
  const before = read(config)
  const after = editConfig(config, before, wishes)
  if (isAsWished(config, after, wishes)) {
    change(config, after)
    return
  }
  notes.push(
    `${config} has a form that klaxon does not edit. Add a D1 binding KLAXON_DB (database_name "klaxon"), ` +
      `version_metadata with the binding CF_VERSION_METADATA${cron === null ? '' : `, and the cron "${cron}"`}`,
  )
}
