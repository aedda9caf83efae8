import { execFileSync } from 'node:child_process'
import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import { withoutOverrides } from '../../src/dashboard/respond.tsx'
import { createReader } from '../../src/read/reader.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { inEveryColumn, NAUGHTY } from '../support/fixtures/naughty.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

const ORIGIN = 'https://app.example'
/** The number of strings in one occurrence, so that five hundred strings need few pages. */
const TOGETHER = 20

async function appOf(texts: readonly string[], over: Partial<Occurrence> = {}) {
  const store: Store = sqlite({ path: ':memory:' })
  const entries = texts.map((text, nth) =>
    anEntry({ ...inEveryColumn(text, nth), occurredAt: Date.now() - nth, ...over }),
  )
  for (let at = 0; at < entries.length; at += 100)
    await store.write(aBatch({ now: Date.now(), occurrences: entries.slice(at, at + 100) }))
  for (const { occurrence: o } of entries.slice(0, 3))
    await createReader(store).actions.comment(o.fingerprint, o.title || '-', { who: o.title })
  const app = new Hono().route(
    '/klaxon',
    dashboard({ store, auth: { by: () => ({ name: texts[0] || 'ada' }) } }),
  )
  const get = async (path: string, accept = 'text/html') => {
    const response = await app.request(`${ORIGIN}/klaxon/${path}`, { headers: { accept } })
    expect([path, response.status]).toEqual([path, 200])
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    return { text: await response.text(), headers: response.headers }
  }
  const occurrences = entries.map(({ occurrence }) => occurrence)
  return { get, occurrences }
}

/** Each tag of a page with the names of its attributes, and every address in it. */
function partsOf(html: string) {
  const tags = new Set<string>()
  const addresses: string[] = []
  // Comments around the page belong to the page.
  const body = html.replace(/^<!doctype html><!--email_off-->|<!--\/email_off-->$/g, '')
  for (const [, name, rest] of body.matchAll(/<(\/?[^\s>/"']+|)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g)) {
    const names = [...rest!.matchAll(/([^\s"'=/]+)(?:="([^"]*)")?/g)]
    tags.add(`${name} ${names.map(([, each]) => each).join()}`)
    for (const [, each, value] of names)
      if (/^(?:href|src|action|formaction|data-href|data-copy)$/.test(each!)) addresses.push(value!)
  }
  return { tags, addresses }
}

const inText = (text: string): string =>
  withoutOverrides(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

const LISTS = [
  'issues',
  'issues?q=is:resolved',
  'occurrences',
  'tail?after=0',
  'releases',
  'alerts',
  'health',
]
const known = new Set<string>()

beforeAll(async () => {
  // The tags of pages with harmless texts.
  const { get, occurrences } = await appOf(Array.from({ length: 120 }, (_, nth) => `plain ${nth}`))
  const paths = [
    ...LISTS,
    ...occurrences
      .slice(0, 5)
      .flatMap((o) => [
        `i/${o.fingerprint}`,
        `i/${o.fingerprint}/occurrences?colo=plain+0`,
        `e/${o.id}`,
      ]),
  ]
  for (const path of paths) for (const tag of partsOf((await get(path)).text).tags) known.add(tag)
})

function expectHarmless(path: string, html: string): void {
  const { tags, addresses } = partsOf(html)
  expect([path, [...tags].filter((tag) => !known.has(tag))]).toEqual([path, []])
  for (const address of addresses)
    expect([path, address]).toEqual([path, expect.stringMatching(/^(?:\/klaxon\/|#main$)/)])
}

describe('five hundred hostile strings', () => {
  test('stand in the lists as the very text that they are', async () => {
    const titles = NAUGHTY.filter((text) => text.trim() !== '')
    for (let at = 0; at < titles.length; at += 50) {
      const texts = titles.slice(at, at + 50)
      const { get } = await appOf(texts)
      const [issues, feed] = [await get('issues?span=24h'), await get('occurrences')]
      for (const { text: html } of [issues, feed]) {
        expectHarmless('list', html)
        for (const text of texts) expect(html).toContain(`>${inText(text)}</a>`)
      }
    }
  })

  test('change no page, and no format of it', async () => {
    const texts: string[] = []
    for (let at = 0; at < NAUGHTY.length; at += TOGETHER)
      texts.push(NAUGHTY.slice(at, at + TOGETHER).join(' '))
    const { get, occurrences } = await appOf(texts)
    for (const path of LISTS) expectHarmless(path, (await get(path)).text)
    for (const { id, fingerprint, title } of occurrences) {
      for (const path of [`i/${fingerprint}`, `e/${id}`]) {
        const { text: html } = await get(path)
        expectHarmless(path, html)
        expect(html).toContain(inText(title))
      }
      const colo = encodeURIComponent(title)
      const page = `i/${fingerprint}/occurrences?colo=${colo}`
      expectHarmless(page, (await get(page)).text)
      const json = await get(`e/${id}`, 'application/json')
      expect(JSON.parse(json.text)).toMatchObject({ occurrence: { title, userAgent: title } })
      for (const [form, type] of [
        ['json', 'application/json'],
        ['md', 'text/markdown; charset=UTF-8'],
        ['curl', 'text/plain; charset=UTF-8'],
      ]) {
        const { headers } = await get(`e/${id}.${form}`)
        expect(headers.get('content-type')).toBe(type)
      }
    }
  })

  test('are one argument each of a command that a shell runs', async () => {
    const { get, occurrences } = await appOf(NAUGHTY, { method: 'GET', host: 'shop.example' })
    const commands: string[] = []
    for (const { id } of occurrences) commands.push((await get(`e/${id}.curl`)).text)
    // curl is a shell function here, and there is no other program. Anything else that ran would
    // print or fail.
    const script = `curl() { printf 'ran\\n'; }\n${commands.join('\n')}\n`
    const output = execFileSync('/bin/bash', ['-eu'], {
      encoding: 'utf8',
      env: { PATH: '/nowhere' },
      input: script,
    })
    expect(output).toBe('ran\n'.repeat(NAUGHTY.length))
  })
})
