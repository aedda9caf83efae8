import { type Size, sizeOf } from './_bundle.ts'

const KLAXON = `import { withKlaxon } from '../src/klaxon.ts'`
const worker = (imports: string, wrapped: string): string =>
  `${imports}\nexport default ${wrapped.replace('APP', "{ fetch: () => new Response('ok') }")}`

/** A Hono Worker with d1, to which the dashboard may be added. */
const honoWorker = (imports = '', added = ''): string =>
  `import { Hono } from 'hono'
import { createKlaxon } from '../src/klaxon.ts'
import { d1 } from '../src/store/d1/d1.ts'
${imports}
const store = (env) => d1({ database: env.database })
const app = new Hono().get('/', (c) => c.text('ok'))
${added}
export default createKlaxon((env) => ({ store: store(env) })).wrap(app)`

/** What is bundled; the peers wrap the same Worker. */
const SOURCES: Record<string, string> = {
  'klaxon, core': `export * from '../src/index.ts'`,
  'klaxon, Worker with core, libsql and slack': worker(
    `${KLAXON}
import { libsql } from '../src/store/libsql/libsql-http.ts'
import { slack } from '../src/notify/slack/slack.ts'`,
    `withKlaxon(APP, (env) => ({ store: libsql({ url: env.url }), notify: slack({ webhookUrl: env.hook }) }))`,
  ),
  'klaxon, Worker with core, d1 and slack': worker(
    `${KLAXON}
import { d1 } from '../src/store/d1/d1.ts'
import { slack } from '../src/notify/slack/slack.ts'`,
    `withKlaxon(APP, (env) => ({ store: d1({ database: env.DB }), notify: slack({ webhookUrl: env.hook }) }))`,
  ),
  'klaxon, Hono Worker': honoWorker(),
  'klaxon, Hono Worker with the dashboard': honoWorker(
    `import { dashboard } from '../src/dashboard/index-workerd.ts'`,
    `app.route('/klaxon', dashboard((env) => ({ store: store(env), auth: { secret: env.secret } })))`,
  ),
  '@hono/sentry': worker(`import { sentry } from '@hono/sentry'`, '[APP, sentry]'),
  '@sentry/cloudflare': worker(
    `import { captureException, withSentry } from '@sentry/cloudflare'`,
    '[withSentry(() => ({}), APP), captureException]',
  ),
  evlog: worker(
    `import { initLogger } from 'evlog'
import { evlog } from 'evlog/hono'`,
    '[APP, initLogger, evlog]',
  ),
  honeybadger: worker(`import Honeybadger from '@honeybadger-io/js'`, '[APP, Honeybadger]'),
}

export async function measureSizes(): Promise<Map<string, Size>> {
  const sizes = new Map<string, Size>()
  for (const [name, source] of Object.entries(SOURCES)) sizes.set(name, await sizeOf(source))
  return sizes
}
