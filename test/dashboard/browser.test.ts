import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'
import { hasBrowser, launch, watch as watchPage } from './_browser.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'

const SECRET = 'a secret of thirty-two characters'

/** The findings of axe-core. */
interface Found {
  violations: { id: string; nodes: { html: string }[] }[]
}

/** Long texts that a page must show without breaking its layout. */
const NASTY = [
  {
    title: 'W'.repeat(200),
    errorMessage: 'NoSpaces'.repeat(200),
    route: '/segment'.repeat(60),
    path: '/segment'.repeat(60),
    release: 'r'.repeat(100),
    service: 's'.repeat(100),
    environment: 'e'.repeat(100),
    username: 'u'.repeat(200),
    userAgent: 'A'.repeat(400),
  },
  {
    environment: 'staging',
    title: 'خطأ: فشل الدفع \u202e reversed 👩‍👩‍👧‍👦',
    errorStack: `Error: deep\n${'    at recurse (https://app.example/a-very-long-chunk-name.js:1:1)\n'.repeat(200)}`,
  },
].map((over, nth) =>
  anEntry({ ...over, fingerprint: `v1:${String(nth).repeat(32)}`, occurredAt: Date.now() }),
)
/** An issue of many cities and releases. */
const EVERYWHERE = Array.from({ length: 40 }, (_, nth) =>
  anEntry({
    fingerprint: `v1:${'e'.repeat(32)}`,
    occurredAt: Date.now(),
    colo: `CITY${nth % 10}`.repeat(9),
    release: `${nth % 4}-${'r'.repeat(100)}`,
  }),
)

test('a browser is there where the gate runs', () => {
  expect(hasBrowser || process.env.CI === undefined).toBe(true)
})

describe.runIf(hasBrowser)('in a real browser', () => {
  const faults: string[] = []
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let base: string
  let wrapped: Hono
  let server: ReturnType<typeof serve>

  beforeAll(async () => {
    const store = sqlite({ path: ':memory:' })
    const klaxon = createKlaxon({ store, log: false, release: 'r7', environment: 'production' })
    const shop = new Hono()
      .onError((error, c) => c.json({ message: error.message }, 500))
      .get('/api/pay/:id', () => {
        throw new TypeError('card declined')
      })
      .get('/api/stock', (c) => c.json({ message: 'out of stock' }, 409))
    wrapped = klaxon.wrap(shop)
    for (let nth = 0; nth < 3; nth++) {
      await wrapped.request(`http://shop.example/api/pay/${nth}`)
      await wrapped.request('http://shop.example/api/stock')
      await wrapped.request(`http://shop.example/nowhere/${nth}`)
    }
    await klaxon.flush()
    const app = new Hono().route('/klaxon', dashboard({ store, klaxon, auth: { secret: SECRET } }))
    const nasty = sqlite({ path: ':memory:' })
    await nasty.write(aBatch({ now: Date.now(), occurrences: [...NASTY, ...EVERYWHERE] }))
    app.route('/nasty', dashboard({ store: nasty, auth: { by: () => ({ name: 'ada' }) } }))
    server = await new Promise<typeof server>((resolve) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        base = `http://127.0.0.1:${port}/klaxon`
        resolve(made)
      })
    })
    browser = await launch()
    context = await browser.newContext()
    page = await context.newPage()
    watch(page)
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const watch = (each: Page): void => watchPage(each, new URL(base).origin, faults)

  const titles = () =>
    page.$$eval('tr[data-href] .t a', (links) => links.map((link) => link.textContent))

  test('a visitor logs in, finds an issue, reads it, resolves it and takes it back', async () => {
    await page.goto(`${base}/issues?q=is:open`)
    await page.fill('#secret', SECRET)
    await page.fill('#name', 'ada')
    await page.click('button.p')
    expect(await titles()).toHaveLength(3)
    await page.fill('#q', 'error:TypeError')
    await page.keyboard.press('Enter')
    await page.waitForURL(/error/)
    expect(await titles()).toEqual(['TypeError: card declined'])
    await page.click('tr[data-href] .t a')
    await page.waitForSelector('h1')
    expect(await page.textContent('.msg')).toBe('card declined')
    await page.click('button[value=resolve]')
    await page.waitForSelector('.flash')
    expect(await page.textContent('.flash')).toContain('Resolved')
    expect(await page.textContent('aside')).toContain('ada')
    await page.click('.flash button')
    await page.waitForSelector('button[value=resolve]')
  })

  test('the keyboard alone selects, resolves and goes on', async () => {
    await page.goto(`${base}/issues?q=is:open`)
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('e')
    await page.waitForSelector('.flash')
    expect(await titles()).toHaveLength(2)
    await page.click('.flash button')
    await page.goto(`${base}/issues?q=is:open`)
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.waitForURL(/health/)
  })

  test('the keyboard reaches everything, opens a row, its list of keys, and goes back', async () => {
    const reached = () =>
      page.evaluate(async () => {
        const all = [
          ...document.querySelectorAll<HTMLElement>(
            'a[href], button, input:not([type=hidden]), textarea, summary, [tabindex]',
          ),
        ].filter((each) => each.checkVisibility() && !each.closest('dialog'))
        ;(globalThis as never as { all: HTMLElement[] }).all = all
        return all.map((each) => each.outerHTML.slice(0, 80))
      })
    await page.goto(`${base}/issues?q=is:open`)
    for (const path of [null, await page.getAttribute('tr[data-href]', 'data-href')]) {
      if (path !== null) await page.goto(new URL(base).origin + path)
      const wanted = await reached()
      const seen = new Set<number>()
      for (let nth = 0; nth <= wanted.length; nth++) {
        await page.keyboard.press('Tab')
        seen.add(
          await page.evaluate(() =>
            (globalThis as never as { all: Element[] }).all.indexOf(document.activeElement!),
          ),
        )
      }
      expect(wanted.filter((_, nth) => !seen.has(nth))).toEqual([])
      expect(wanted.length).toBeGreaterThan(20)
    }
    await page.goto(`${base}/issues?q=is:open`)
    await page.keyboard.press('?')
    expect(await page.isVisible('dialog')).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.isVisible('dialog')).toBe(false)
    await page.keyboard.press('j')
    await page.keyboard.press('o')
    await page.waitForURL(/\/i\//)
    await page.keyboard.press('u')
    await page.waitForURL(/\/issues/)
  })

  test('an issue is muted, commented on and unmuted', async () => {
    await page.goto(`${base}/issues?q=is:open+error:TypeError`)
    await page.click('tr[data-href] .t a')
    await page.click('button[value=mute-1h]')
    await page.waitForSelector('.chip.mute')
    await page.fill('#comment', 'the bank <b>knows</b>')
    await page.click('button[value=comment]')
    await page.waitForSelector('.flash')
    expect(await page.textContent('aside')).toContain('the bank <b>knows</b>')
    await page.click('button[value=unmute]')
    await page.waitForSelector('button[value=mute-1h]')
  })

  test('new rows come by themselves, while one wants them', async () => {
    await page.goto(`${base}/occurrences`)
    const before = await page.locator('tr[data-href]').count()
    await page.check('#live')
    await wrapped.request('http://shop.example/api/stock')
    await page.waitForSelector('tr.fresh')
    expect(await page.locator('tr[data-href]').count()).toBe(before + 1)
    expect(await page.textContent('tr.fresh .t')).toContain('409')
  })

  test('an environment is chosen with the keyboard, and its list closes by itself', async () => {
    const nasty = `${new URL(base).origin}/nasty/issues?q=is:open`
    await page.goto(nasty)
    const isOpen = () => page.locator('.pick[open]').count()
    await page.locator('.pick summary').last().focus()
    await page.keyboard.press('Enter')
    expect(await isOpen()).toBe(1)
    await page.click('.chart')
    expect(await isOpen()).toBe(0)
    await page.locator('.pick summary').last().focus()
    await page.keyboard.press('Enter')
    await page.focus('#q')
    expect(await isOpen()).toBe(0)
    await page.locator('.pick summary').last().focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/env%3Aeee/)
    expect(await titles()).toHaveLength(1)
  })

  test('everything works without JavaScript', async () => {
    const plain = await browser.newContext({
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    })
    const tab = await plain.newPage()
    watch(tab)
    await tab.goto(`${base}/issues?q=is:open`)
    await tab.check('tr[data-href] input')
    await tab.click('button[value=ignore]')
    expect(await tab.textContent('.flash')).toContain('Ignored')
    await tab.click('.flash button')
    await tab.goto(`${new URL(base).origin}/nasty/issues?q=is:open`)
    await tab.locator('.pick summary').last().click()
    await tab.click('.pick a[href*="env%3Aeee"]')
    await tab.waitForURL(/env%3Aeee/)
    expect(await tab.locator('tr[data-href]').count()).toBe(1)
    await tab.click('tr[data-href] .t a')
    expect(await tab.textContent('.nb')).toContain('1 of 1')
    await tab.click('.up')
    expect(tab.url()).toMatch(/issues\?q=is%3Aopen\+env%3Aeee/)
    await plain.close()
  })

  test.each(['light', 'dark'] as const)(
    'every page is accessible in the %s scheme',
    async (colorScheme) => {
      const axe = readFileSync(
        createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
        'utf8',
      )
      const tab = await browser.newContext({
        colorScheme,
        bypassCSP: true,
        storageState: await context.storageState(),
      })
      const each = await tab.newPage()
      await each.goto(`${base}/issues`)
      const issue = await each.getAttribute('tr[data-href]', 'data-href')
      const occurrence = /\/e\/[\w-]+/.exec(
        (await (await each.goto(`${new URL(base).origin}${issue}`))!.text())!,
      )![0]
      for (const path of [
        '/issues',
        issue!.replace('/klaxon', ''),
        occurrence,
        '/occurrences',
        '/releases',
        '/alerts',
        '/health',
        '/issues?q=error:Nothing',
        '/issues?q=colour:red',
        '/login',
        '/../nasty/issues',
        ...[...NASTY, EVERYWHERE[0]!].map(({ occurrence: o }) => `/../nasty/i/${o.fingerprint}`),
      ]) {
        await each.goto(base + path)
        await each.evaluate(axe)
        await each.evaluate(() => {
          const lists = document.querySelectorAll<HTMLDetailsElement>('.pick')
          for (const list of lists) list.open = true
        })
        // The other colour scheme has the same pages.
        const rules = colorScheme === 'dark' ? ['color-contrast'] : null
        const found = await each.evaluate(async (only) => {
          const { violations } = await (
            globalThis as never as {
              axe: { run(page: Document, options: object): Promise<Found> }
            }
          ).axe.run(document, only === null ? {} : { runOnly: only })
          return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
        }, rules)
        expect([path, found]).toEqual([path, []])
      }
      await tab.close()
    },
    60_000,
  )

  test.each([1280, 900, 390])(
    'no page is wider than a window of %i pixels, nor longer than what it shows',
    async (width) => {
      const tab = await browser.newPage({ viewport: { width, height: 600 } })
      watch(tab)
      const origin = new URL(base).origin
      for (const path of [
        'issues',
        'occurrences',
        'releases',
        'alerts',
        'health',
        ...[...NASTY, EVERYWHERE[0]!].flatMap(({ occurrence: o }) => [
          `i/${o.fingerprint}`,
          `e/${o.id}`,
        ]),
      ]) {
        await tab.goto(`${origin}/nasty/${path}`)
        const lists = tab.locator('.pick summary')
        if ((await lists.count()) > 0) await lists.last().click()
        const { right, below } = await tab.evaluate(() => ({
          right: document.documentElement.scrollWidth - innerWidth,
          below:
            document.documentElement.scrollHeight -
            Math.max(innerHeight, document.body.getBoundingClientRect().height),
        }))
        expect([path, right > 0, below > 1]).toEqual([path, false, false])
        // The dot and the name of the logo stay on one line, whatever stands beside them.
        expect((await tab.locator('.logo').boundingBox())!.height).toBeLessThan(30)
      }
      await tab.close()
    },
  )

  test('no page complained, and none asked another origin', () => {
    expect(faults).toEqual([])
  })
})
