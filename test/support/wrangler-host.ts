import { join, resolve } from 'node:path'
import { root } from '../../scripts/_sqld.ts'
import type { Store } from '../../src/model/store.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import type { Host } from '../suites/behaviour.ts'
import { processHost } from './process-host.ts'

/** Without telemetry and questions of wrangler. */
const QUIET =
  'CLOUDFLARE_CF_FETCH_ENABLED=false WRANGLER_SEND_METRICS=false WRANGLER_SEND_ERROR_REPORTS=false WRANGLER_WRITE_LOGS=false'

/** An example under the real wrangler (`dev …` or `pages dev …`), in a separate process. */
export async function wranglerHost(command: string, folder = '.'): Promise<Host> {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const binding = (name: string) =>
    command.startsWith('pages') ? `--binding ${name}=$${name}` : `--var ${name}:$${name}`
  // Uses a shell, because bindings are arguments, and the addresses are only in the environment.
  const host = await processHost('workerd', 'sh', [
    '-c',
    `cd '${resolve(root, folder)}' && ${QUIET} exec '${process.execPath}' '${wrangler}' ${command} --ip 127.0.0.1 --port $PORT \
      --inspector-port 0 --show-interactive-dev-session=false ${binding('LIBSQL_URL')} ${binding('SLACK_WEBHOOK_URL')}`,
  ])
  await migrate(host.store as Store)
  return host
}
