import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Child, startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { hasBrowser, launch, watch } from './_browser.ts'

const SECRET = 'a secret of thirty-two characters'

describe.runIf(hasBrowser)('under wrangler dev, on D1', () => {
  let folder: string
  let child: Child
  let browser: Browser
  let address: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-dash-'))
    const port = await freePort()
    address = `http://127.0.0.1:${port}`
    const config = join(folder, 'wrangler.json')
    await writeFile(
      config,
      JSON.stringify({
        name: 'shop',
        main: join(root, 'test/support/fixtures/dashboard-worker.ts'),
        compatibility_date: '2026-08-01',
        vars: { SECRET },
        d1_databases: [{ binding: 'DB', database_name: 'klaxon', database_id: 'klaxon' }],
      }),
    )
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
    const flags = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0']
    const quiet = ['--show-interactive-dev-session=false', '--persist-to', folder]
    child = startChild(process.execPath, [wrangler, 'dev', '-c', config, ...flags, ...quiet], {
      cwd: root,
      env: {
        ...process.env,
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
      },
    })
    const [launched, isUp] = await Promise.all([
      launch(),
      answers(`${address}/`, { timeoutMs: 40_000, alive: child.running }),
    ])
    browser = launched
    expect(isUp, child.words()).toBe(true)
  })
  afterAll(async () => {
    await browser?.close()
    await child?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('a visitor logs in, finds an issue, reads it and resolves it', async () => {
    for (let nth = 0; nth < 3; nth++)
      expect((await fetch(`${address}/api/pay/${nth}`)).status).toBe(500)
    const faults: string[] = []
    const page = await browser.newPage()
    watch(page, address, faults)
    await page.goto(`${address}/klaxon`)
    await page.fill('#secret', SECRET)
    await page.fill('#name', 'ada')
    await page.click('button.p')
    await page.fill('#q', 'error:TypeError')
    await page.keyboard.press('Enter')
    await page.waitForURL(/error/)
    await page.click('tr[data-href] .t a')
    await page.waitForSelector('.msg')
    expect(await page.textContent('.msg')).toBe('card declined')
    expect(await page.textContent('.sub')).toContain('3 since')
    await page.click('button[value=resolve]')
    await page.waitForSelector('.flash')
    expect(await page.textContent('.flash')).toContain('Resolved')
    expect(await page.textContent('aside')).toContain('ada')
    expect(faults).toEqual([])
  })
})
