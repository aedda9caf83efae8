/**
 * `npm run pictures`: the pictures of the README. A small shop is built, its maps are uploaded, it
 * fails, and a real Chromium looks at the dashboard and at the message that went to Slack.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { chromium, type Page } from 'playwright-core'
import { root } from './_sqld.ts'
import { deployShop, install } from './pictures/_shop.ts'
import { type Message, slackPage } from './pictures/_slack.ts'
import { CHECKOUT, OTHERS, RELEASES, requestOf, SETUP, writePast } from './pictures/_traffic.ts'

const SIZE = { width: 1280, height: 900 }
const pictures = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'klaxon-pictures-'))
mkdirSync(pictures, { recursive: true })

const db = `file:${join(folder, 'klaxon.db')}`
const installed = await install(folder)
const { createKlaxon } = installed.klaxon
const store = installed.libsql.libsql({ url: db })
await installed.libsql.migrate(store)
const shop = await deployShop(folder, db, RELEASES[2])

/** What Slack would have got. */
const posted: Message[] = []
globalThis.fetch = async (_url, init) => {
  posted.push(JSON.parse(String(init?.body)) as Message)
  return Response.json({ ok: true, channel: 'C1', ts: `1.${posted.length}` })
}
const klaxon = createKlaxon({
  ...SETUP,
  store,
  release: RELEASES[2],
  notify: installed.slack.slack({ token: 'xoxb-1', channel: 'C1', buttons: true }),
  sourceMaps: installed.sourcemaps.sourceMaps({ store }),
  dashboard: 'https://shop.example/klaxon',
})
await writePast(shop, store, { flows: OTHERS, installed })
await klaxon.maintain()
// The one that the pictures are about: an alert when it is new, then hundreds of it.
posted.length = 0
const wrapped = klaxon.wrap(shop)
// From a timer that nothing waits for, so that no frame of this script is in the stack.
const answers: Response[] = []
setTimeout(send)
while (answers.length === 0) await sleep(10)
await klaxon.flush()
const [message] = posted
await writePast(shop, store, { flows: [CHECKOUT], installed })
await klaxon.maintain()

const app = new Hono().route(
  '/klaxon',
  installed.dashboard.dashboard({
    store,
    klaxon,
    auth: { by: () => ({ name: 'ada' }) },
    source: ({ file, line }) => `https://github.com/acme/shop/blob/main/${file}#L${line}`,
  }),
)
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await once(server, 'listening')
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/klaxon`
const id = answers[0]!.headers.get('x-error-id')!
const [failed] = await store.occurrences({ id })

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme })
  await shoot(page, `${base}/issues?q=is:open`, `issues-${colorScheme}`)
  await shoot(page, `${base}/i/${failed!.fingerprint}`, `issue-${colorScheme}`)
}
const page = await browser.newPage({ viewport: { width: 620, height: 400 }, deviceScaleFactor: 2 })
await page.setContent(slackPage(message!))
await page.screenshot({ path: `${pictures}slack.png`, fullPage: true })
await browser.close()
server.close()
rmSync(folder, { recursive: true, force: true })
process.exit()

function send(): void {
  void Promise.resolve(wrapped.request(requestOf(CHECKOUT, 0))).then((answer) => {
    answers.push(answer)
    return answer
  })
}

async function shoot(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address)
  // A path of the machine that draws it has no place in a picture.
  if ((await page.innerText('body')).includes(root)) throw new Error(`${name} shows ${root}`)
  await page.screenshot({ path: `${pictures}${name}.png` })
}
