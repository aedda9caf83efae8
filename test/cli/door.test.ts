import { describe, expect, test } from 'vitest'
import { openDoor } from '../../src/cli/dash/door.ts'

const ORIGIN = 'http://127.0.0.1:4000'

describe('the door of klaxon dash', () => {
  const seen: string[] = []
  const door = () =>
    openDoor((request) => new Response((seen.push(request.url), 'the pages')), ORIGIN)
  const ask = (url: string, cookie?: string, method = 'GET') =>
    new Request(url, { method, headers: cookie === undefined ? {} : { cookie } })
  const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]!

  test('lets the browser in that follows the link, and nobody who follows it later', async () => {
    const { link, path, fetch } = door()
    const first = await fetch(ask(link))
    expect([first.status, first.headers.get('location')]).toEqual([303, `${path}/`])
    expect(first.headers.get('set-cookie')).toMatch(
      new RegExp(`^klaxon-dash=[\\w-]{32}; Path=${path}; HttpOnly; SameSite=Lax$`),
    )
    expect(path).toMatch(/^\/[\da-f]{8}$/)
    for (const cookies of [cookieOf(first), `a=1; ${cookieOf(first)}`, `${cookieOf(first)};b=2`]) {
      const page = await fetch(ask(`${ORIGIN}${path}/issues`, cookies))
      expect(await page.text()).toBe('the pages')
    }
    const second = await fetch(ask(link))
    expect([second.status, await second.text()]).toEqual([
      401,
      expect.stringContaining('has been used'),
    ])
    const elsewhere = await fetch(ask(`${ORIGIN}${path}/issues`))
    expect(await elsewhere.text()).toBe(
      '401 Unauthorized. Follow the link that `klaxon dash` has printed.\n',
    )
    for (const { headers } of [first, second, elsewhere]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
    expect(elsewhere.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
  })

  test('keeps out whoever has no cookie, a wrong one, or only a part of the link', async () => {
    const { link, path, fetch } = door()
    const cookie = cookieOf(await fetch(ask(link)))
    seen.length = 0
    const other = cookieOf(await Promise.resolve(door()).then((d) => d.fetch(ask(d.link))))
    for (const request of [
      ask(`${ORIGIN}${path}/issues`),
      ask(`${ORIGIN}${path}/issues`, ''),
      ask(`${ORIGIN}${path}/issues`, 'klaxon-dash='),
      ask(`${ORIGIN}${path}/issues`, other),
      ask(`${ORIGIN}${path}/issues`, cookie.slice(0, -1)),
      ask(`${ORIGIN}${path}/issues`, cookie.replace('klaxon-dash', 'klaxon')),
      ask(`${ORIGIN}${path}/in/`),
      ask(link.slice(0, -1)),
      ask(`${ORIGIN}/`),
      // A page under another host name gets no cookie.
      ask(`http://evil.example:4000${path}/issues`, cookie),
      ask(`http://localhost:4000${path}/issues`, cookie),
    ])
      expect([request.url, (await fetch(request)).status]).toEqual([request.url, 401])
    expect(seen).toEqual([])
  })

  test('is not used up by a look that takes nothing', async () => {
    const { link, fetch } = door()
    for (const method of ['HEAD', 'POST']) {
      const answer = await fetch(ask(link, '', method))
      expect([answer.status, await answer.text()]).toEqual([
        401,
        expect.stringContaining('Follow the link'),
      ])
    }
    expect((await fetch(ask(link))).status).toBe(303)
  })
})
