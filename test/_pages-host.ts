import { join } from 'node:path'
import { root } from '../scripts/_sqld.ts'
import type { Store } from '../src/core/types.ts'
import { migrate } from '../src/store/migrate.ts'
import type { Host } from './_behaviour.ts'
import { processHost } from './_process-host.ts'

/** wrangler tells and asks nobody. */
const QUIET =
  'CLOUDFLARE_CF_FETCH_ENABLED=false WRANGLER_SEND_METRICS=false WRANGLER_SEND_ERROR_REPORTS=false WRANGLER_WRITE_LOGS=false'

/** A Pages project under the real `wrangler pages dev`, in a process of its own. */
export async function pagesHost(folder: string): Promise<Host> {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const host = await processHost('workerd', 'sh', [
    '-c',
    // A shell, because bindings are arguments and the addresses are known only in the environment.
    `cd ${folder} && ${QUIET} exec '${process.execPath}' '${wrangler}' pages dev --ip 127.0.0.1 --port $PORT --inspector-port 0 \
      --show-interactive-dev-session=false --binding LIBSQL_URL=$LIBSQL_URL SLACK_WEBHOOK_URL=$SLACK_WEBHOOK_URL`,
  ])
  await migrate(host.store as Store)
  return host
}
