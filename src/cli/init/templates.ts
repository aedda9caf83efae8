import type { Host } from './project.ts'

export interface SetupChoices {
  host: Host
  isTypeScript: boolean
  database: 'd1' | 'libsql' | 'sqlite'
  /** Name of the version binding, on Workers. */
  versionBinding: string
}

/** The text of the module that makes klaxon, beside the main one. */
export function setupModule(choices: SetupChoices): string {
  return choices.host === 'Workers' ? workersModule(choices) : processModule(choices)
}

const MODULE_COMMENT = `/** Records what fails and tells the team: https://www.npmjs.com/package/klaxon */\n`

function workersModule({ isTypeScript, database, versionBinding }: SetupChoices): string {
  const isD1 = database === 'd1'
  const store = isD1
    ? 'd1({ database: env.KLAXON_DB })'
    : 'libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN })'
  const imports = isD1
    ? `import { ${isTypeScript ? 'type D1Like, ' : ''}d1 } from 'klaxon/d1'`
    : `import { libsql } from 'klaxon/libsql'`
  const members = isD1
    ? '  KLAXON_DB: D1Like\n'
    : '  LIBSQL_URL: string\n  LIBSQL_AUTH_TOKEN?: string\n'
  const types = isTypeScript
    ? `\ninterface Env {\n${members}  SLACK_WEBHOOK_URL?: string\n  KLAXON_LOG_KEY?: string\n  ${versionBinding}?: { id: string }\n}\n`
    : ''
  return `import { createKlaxon } from 'klaxon'
${imports}
import { slack } from 'klaxon/slack'
${types}
${MODULE_COMMENT}export const klaxon = createKlaxon((env${isTypeScript ? ': Env' : ''}) => ({
  store: ${store},
  notify: slack({ webhookUrl: env.SLACK_WEBHOOK_URL ?? '' }),
  release: env.${versionBinding}?.id,
  logKey: env.KLAXON_LOG_KEY,
}))
`
}

/**
 * Loads .env, into which `klaxon init` writes. Node does not read it; Bun does, and Deno does with
 * a flag.
 */
const LOAD_ENV = `// Node reads no .env by itself.
if (existsSync('.env')) process.loadEnvFile()

`

function processModule({ host, database }: SetupChoices): string {
  const env = (name: string): string =>
    host === 'Deno' ? `Deno.env.get('${name}')` : `process.env.${name}`
  const isLibsql = database === 'libsql'
  const store = isLibsql
    ? `libsql({ url: ${env('LIBSQL_URL')} ?? 'file:klaxon.db', authToken: ${env('LIBSQL_AUTH_TOKEN')} })`
    : `sqlite({ path: ${env('KLAXON_PATH')} ?? 'klaxon.db' })`
  const isNode = host === 'Node'
  return `${isNode ? `import { existsSync } from 'node:fs'\n` : ''}import { createKlaxon } from 'klaxon'
import { ${isLibsql ? 'libsql' : 'sqlite'} } from 'klaxon/${isLibsql ? 'libsql' : 'sqlite'}'
import { slack } from 'klaxon/slack'

${isNode ? LOAD_ENV : ''}${MODULE_COMMENT}export const klaxon = createKlaxon({
  store: ${store},
  notify: slack({ webhookUrl: ${env('SLACK_WEBHOOK_URL')} ?? '' }),
})
`
}
