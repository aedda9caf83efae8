import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import type { IssueList } from '../../src/read/types.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

const ORIGIN = 'https://app.example/klaxon'

/** A dashboard with one issue for each of these. */
async function withIssues(...issues: { environment: string | null; service?: string }[]) {
  const store = sqlite({ path: ':memory:' })
  const occurrences = issues.map((issue, nth) =>
    anEntry({ ...issue, fingerprint: `v1:${String(nth).repeat(32)}`, occurredAt: Date.now() }),
  )
  await store.write(aBatch({ now: Date.now(), occurrences }))
  const app = new Hono().route(
    '/klaxon',
    dashboard({ store, auth: { by: () => ({ name: 'ada' }) } }),
  )
  return async (path: string): Promise<string> => {
    const response = await app.request(`${ORIGIN}/${path}`)
    expect(response.status).toBe(200)
    return (await response.text()).replaceAll('&amp;', '&').replaceAll('&quot;', '"')
  }
}

/** The lists of the header: what is chosen in each, and where its links lead. */
function pickers(html: string) {
  return [...html.matchAll(/<details class="pick".*?<\/details>/gs)].map(([each]) => ({
    chosen: /<b>(.*?)<\/b>/s.exec(each)![1]!,
    links: [...each.matchAll(/<a href="[^"?]*\?([^"]*)"/g)].map(([, search]) =>
      new URLSearchParams(search).get('q'),
    ),
  }))
}

const BOTH = [{ environment: 'production' }, { environment: 'staging' }, { environment: null }]

describe('the environment', () => {
  test('is chosen from those that have failed, and the rest of the query stays', async () => {
    const page = await withIssues(...BOTH)
    expect(pickers(await page('issues?q=is:open+kind:thrown'))).toEqual([
      {
        chosen: 'All environments',
        links: [
          'is:open kind:thrown',
          'is:open kind:thrown env:production',
          'is:open kind:thrown env:staging',
        ],
      },
    ])
    const [picker] = pickers(await page('issues?q=is:open+env:staging+-env:test'))
    expect(picker).toEqual({
      chosen: 'staging',
      links: [
        'is:open -env:test',
        'is:open -env:test env:production',
        'is:open -env:test env:staging',
      ],
    })
  })

  test('that a query asks for is shown, whether it has failed or not', async () => {
    const page = await withIssues(...BOTH)
    const [picker] = pickers(await page('issues?q=env:prod*+env:"a+b"'))
    expect(picker!.chosen).toBe('prod*, a b')
    expect(picker!.links).toEqual([null, 'env:production', 'env:staging', 'env:prod*', 'env:"a b"'])
  })

  test('is no choice where there is only one', async () => {
    const page = await withIssues({ environment: 'production' })
    expect(pickers(await page('issues'))).toEqual([])
    expect(pickers(await page('issues?q=env:production'))).toHaveLength(1)
  })

  test('keeps order and time', async () => {
    const page = await withIssues(...BOTH)
    const html = await page('issues?q=is:open&sort=count&span=24h')
    const links = /<details class="pick".*?<\/details>/s.exec(html)![0].match(/href="[^"]*"/g)!
    expect(links).toHaveLength(3)
    for (const link of links) expect(link).toContain('&sort=count&span=24h')
  })

  test('is in the JSON of the list', async () => {
    const store = sqlite({ path: ':memory:' })
    const occurrences = BOTH.map(({ environment }, nth) =>
      anEntry({ environment, fingerprint: `v1:${String(nth).repeat(32)}`, occurredAt: Date.now() }),
    )
    await store.write(aBatch({ now: Date.now(), occurrences }))
    const app = dashboard({ store, auth: { by: () => ({ name: 'ada' }) } })
    const headers = { accept: 'application/json' }
    const list = (await (await app.request('/issues', { headers })).json()) as IssueList
    expect(list.environments).toEqual(['production', 'staging'])
  })

  test('and the service go along to other lists, and to the issue and back', async () => {
    const page = await withIssues(
      { environment: 'production', service: 'shop' },
      { environment: 'staging', service: 'jobs' },
    )
    const query = 'is:resolved service:shop env:production token'
    const navigation = (html: string) => /<nav.*?<\/nav>/s.exec(html)![0]
    const list = navigation(await page(`issues?q=${encodeURIComponent(query)}`))
    expect(list).toContain('/issues?q=is%3Aopen+service%3Ashop+env%3Aproduction"')
    expect(list).toContain('/occurrences?q=service%3Ashop+env%3Aproduction"')
    const feed = navigation(await page('occurrences?q=env:staging'))
    expect(feed).toContain('/issues?q=is%3Aopen+env%3Astaging"')
    const rows = await page('issues?q=env:production')
    const [, link] = /<tr data-href="\/klaxon\/([^"]*)"/.exec(rows)!
    const issue = await page(link!)
    expect(issue).toContain('<a class="up" href="/klaxon/issues?q=env%3Aproduction"')
    expect(issue).toMatch(
      /<form class="bar" method="post" action="[^"]*\?list=q%3Denv%253Aproduction"/,
    )
    expect(navigation(issue)).toContain('/issues?q=is%3Aopen+env%3Aproduction"')
  })

  test('of an occurrence leads to the others of its environment and service', async () => {
    const page = await withIssues({ environment: 'pre view', service: 'shop' })
    const [, link] = /\/klaxon\/(e\/[\w-]+)"/.exec(await page('occurrences'))!
    const html = await page(link!)
    expect(html).toContain('<a href="/klaxon/occurrences?q=env%3A%22pre+view%22">pre view</a>')
    expect(html).toContain('<a href="/klaxon/occurrences?q=service%3Ashop">shop</a>')
  })

  test('of a query that cannot be read stops no page', async () => {
    const page = await withIssues(...BOTH)
    const fingerprint = `v1:${'0'.repeat(32)}`
    expect(await page(`i/${fingerprint}?list=q%3Denv:`)).toContain('Resolve')
  })
})

test.each([
  ['issues', 'issues'],
  ['issues?q=is:open', 'issues?q=is%3Aopen'],
  ['issues?q=&sort=count', 'issues?sort=count'],
  ['issues?q=is:open&sort=first&span=24h', 'issues?q=is%3Aopen&sort=first&span=24h'],
  ['issues?q=is:open+env:staging&done=Muted&n=1', 'issues?q=is%3Aopen+env%3Astaging'],
])('an issue found under %s leads back to %s', async (from, back) => {
  const page = await withIssues(...BOTH)
  const [, link] = /<tr data-href="\/klaxon\/([^"]*)"/.exec(await page(from))!
  expect(await page(link!)).toContain(`<a class="up" href="/klaxon/${back}"`)
})
