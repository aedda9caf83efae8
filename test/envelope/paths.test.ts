import { describe, expect, test } from 'vitest'
import { withKlaxon } from '../../src/klaxon.ts'

type Handler = (request: Request) => Promise<Response>

async function isEnveloped(url: string, paths?: string[]): Promise<boolean> {
  const handler: Handler = async () => Response.json({ a: 1 })
  const options = paths === undefined ? {} : { envelope: { paths } }
  // Some hosts pass requests with a URL that `new Request` would refuse.
  const request = { url, method: 'GET', headers: new Headers() } as Request
  const response = await withKlaxon(handler, { log: false, ...options })(request)
  return 'success' in ((await response.json()) as object)
}

describe('the path of an enveloped response', () => {
  test.each([
    'http://x/api',
    'http://x/api/',
    'https://x/api?a=1',
    'http://x/api#a',
    'http://x/v1/api/users',
    'http://x/apis/api',
    'http://user:secret@x:8080/api/users',
    '/api/users',
  ])('%s has the segment', async (url) => {
    expect(await isEnveloped(url)).toBe(true)
  })

  test.each([
    'http://x/',
    'http://x',
    'http://api/',
    'http://api',
    'https://api.x/users',
    'http://x/apis',
    'http://x/my-api',
    'http://x/API',
    'http://x/?next=/api/users',
    'http://x/#/api/users',
  ])('%s does not', async (url) => {
    expect(await isEnveloped(url)).toBe(false)
  })

  test('may have one of several segments', async () => {
    expect(await isEnveloped('http://x/rpc/a', ['v1', 'rpc'])).toBe(true)
    expect(await isEnveloped('http://x/v1', ['v1', 'rpc'])).toBe(true)
    expect(await isEnveloped('http://x/api', ['v1', 'rpc'])).toBe(false)
  })
})
