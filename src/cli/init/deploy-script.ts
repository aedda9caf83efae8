import { type DeployCommand, findDeploy, optionOf } from './deploy-command.ts'
import { addTo } from './jsonc.ts'
import { findNodeAtLocation, parseTree } from './vendor.ts'

const SECRETS = '--secrets-file .klaxon.secrets'
const BUILD = '.wrangler/build'
const OUTPUT = '.wrangler/deploys.ndjson'
const OUTPUT_VARIABLE = 'WRANGLER_OUTPUT_FILE_PATH'
const UPLOAD = 'sourcemaps upload'

export interface DeployScript {
  /** The new package.json. */
  text: string
  /** The command that deploys. */
  command: string
  /** For each script that a person must edit. */
  notes: string[]
}

/**
 * Adds a script to package.json. It deploys the Worker with its secrets and, unless `hasMaps` is
 * false, uploads the build's source maps.
 */
export function withDeployScript(
  text: string,
  { hasMaps, packageManager }: { hasMaps: boolean; packageManager: string },
): DeployScript {
  const { scripts = {} } = JSON.parse(text) as { scripts?: Record<string, string> }
  const deploying = Object.entries(scripts).filter(([, script]) => findDeploy(script) !== 'none')
  const own = edited('wrangler deploy', hasMaps)!
  if (deploying.length === 0) {
    // A script of that name does something else, and stays.
    if (scripts['deploy'] !== undefined)
      return { text, command: `npx wrangler deploy ${SECRETS}`, notes: [] }
    const hasScripts = Object.keys(scripts).length > 0
    const added = hasScripts
      ? addTo(text, ['scripts', 'deploy'], own)
      : addTo(text, ['scripts'], { deploy: own })
    return { text: added, command: `${packageManager} run deploy`, notes: [] }
  }
  let result = text
  const notes: string[] = []
  for (const [name, script] of deploying) {
    const after = edited(script, hasMaps)
    if (after !== null) result = withScript(result, name, after)
    else if (!isDone(script, hasMaps))
      notes.push(
        `The script ${JSON.stringify(name)} of package.json has a form that klaxon does not edit. ` +
          `Let it deploy with the secrets${hasMaps ? ' and upload the source maps' : ''}:\n    ${own}`,
      )
  }
  const name = deploying[0]![0]
  const quoted = /^[\w:./@-]+$/.test(name) ? name : JSON.stringify(name)
  return { text: result, command: `${packageManager} run ${quoted}`, notes }
}

function withScript(text: string, name: string, script: string): string {
  const { offset, length } = findNodeAtLocation(parseTree(text)!, ['scripts', name])!
  return text.slice(0, offset) + JSON.stringify(script) + text.slice(offset + length)
}

const isDone = (script: string, hasMaps: boolean): boolean =>
  script.includes('--secrets-file') && (!hasMaps || script.includes(UPLOAD))

/** The new script; null for one that a person must edit. */
function edited(script: string, hasMaps: boolean): string | null {
  const deploy = findDeploy(script)
  if (typeof deploy === 'string') return null
  const uploads = hasMaps && !script.includes(UPLOAD)
  if (uploads && script.includes(OUTPUT_VARIABLE)) return null
  const { start, deployEnd, end, options } = deploy
  const variable = uploads ? `${OUTPUT_VARIABLE}=${OUTPUT} ` : ''
  const command = script.slice(start, deployEnd) + flagsOf(deploy, uploads)
  const upload = uploads ? ` && ${uploadOf(options)}` : ''
  const rest = script.slice(deployEnd, end) + upload + script.slice(end)
  return script.slice(0, start) + variable + command + rest
}

function flagsOf({ options }: DeployCommand, uploads: boolean): string {
  const wished = [SECRETS, ...(uploads ? ['--upload-source-maps', `--outdir ${BUILD}`] : [])]
  return wished
    .filter((flag) => {
      const [name] = flag.split(' ')
      return !options.some(({ text }) => text.split('=')[0] === name)
    })
    .map((flag) => ` ${flag}`)
    .join('')
}

function uploadOf(options: DeployCommand['options']): string {
  const config = optionOf(options, '-c', '--config')
  const environment = optionOf(options, '-e', '--env')
  return [
    `klaxon ${UPLOAD} ${optionOf(options, '--outdir') ?? BUILD} --remote --wrangler-output ${OUTPUT}`,
    ...(config === undefined ? [] : [`-c ${config}`]),
    ...(environment === undefined ? [] : [`-e ${environment}`]),
  ].join(' ')
}
