import { describe, expect, test } from 'vitest'
import { KlaxonError } from '../../src/core/errors.ts'
import { libsql as libsqlHttp } from '../../src/store/libsql-http.ts'
import { libsql, type LibsqlOptions } from '../../src/store/libsql.ts'
import { migrate } from '../../src/store/migrate.ts'
import { memory } from '../../src/store/memory.ts'

describe.each([
  ['klaxon/libsql on Node', libsql],
  ['klaxon/libsql on workerd', libsqlHttp],
])('%s', (_name, make) => {
  test.for([
    ['no options', undefined, 'pass an object'],
    ['no url', {}, '`url` is missing'],
    ['an empty url', { url: '' }, '`url` is missing'],
    ['a url without a scheme', { url: 'canary.example.com' }, '`url` must look like'],
    ['a url of another scheme', { url: 'postgres://canary.example.com/x' }, '`url` must look like'],
    ['a web socket url', { url: 'wss://canary.example.com' }, '`url` is a web socket URL'],
    ['a url with a password', { url: 'https://u:canary@example.com' }, '`authToken`'],
    [
      'a token that is no string',
      { url: 'http://x', authToken: 7 },
      '`authToken` must be a string',
    ],
    ['a fetch that is no function', { url: 'http://x', fetch: {} }, '`fetch` must be a function'],
    ['a timeout of 0', { url: 'http://x', timeoutMs: 0 }, '`timeoutMs` must be'],
    [
      'a timeout that is no number',
      { url: 'http://x', timeoutMs: Number.NaN },
      '`timeoutMs` must be',
    ],
  ] as const)('%s is told with the option and the mend', ([, options, words]) => {
    const thrown = catchError(() => make(options as unknown as LibsqlOptions))
    expect(thrown).toBeInstanceOf(KlaxonError)
    expect(thrown.message).toContain(words)
    expect(thrown.message).not.toContain('canary')
  })

  test.for([
    'libsql://db-org.turso.io',
    'https://example.com',
    'http://127.0.0.1:8080',
    'HTTP://X',
  ])('%s is a good url, and nothing is opened yet', (url) => {
    const fetch = (): never => {
      throw new Error('fetched')
    }
    const store = make({ url, fetch, authToken: '' })
    expect(store).toMatchObject({ name: 'libsql', secrets: [] })
  })

  test('the token is a secret, wherever it is', () => {
    expect(make({ url: 'https://x', authToken: 'canary' }).secrets).toEqual(['canary'])
    expect(make({ url: 'https://x?authToken=canary' }).secrets).toEqual(['canary'])
  })

  test('an option of the url that the client does not know is a refusal, not a retry', async () => {
    await expect(make({ url: 'https://x?nonsense=1' }).issues()).rejects.toMatchObject({
      failure: 'refused',
    })
  })
})

test('the token goes out as a header', async () => {
  let seen: string | null = null
  const fetch = async (request: Request): Promise<Response> => {
    seen = request.headers.get('authorization')
    return new Response('', { status: 500 })
  }
  const store = libsql({
    url: 'https://x',
    authToken: 't',
    fetch: fetch as typeof globalThis.fetch,
  })
  await store.issues().catch(() => undefined)
  expect(seen).toBe('Bearer t')
})

test.for(['file:local.db', 'file:///tmp/x.db', ':memory:'])(
  '%s on workerd says what to do instead',
  (url) => {
    expect(catchError(() => libsqlHttp({ url })).message).toMatch(
      /no files here.*`url`.*memory\(\)/,
    )
  },
)

test('a file that cannot be opened is a refusal', async () => {
  const store = libsql({ url: 'file:/nowhere/at/all/x.db' })
  await expect(store.issues()).rejects.toMatchObject({ name: 'StoreError', failure: 'refused' })
  await expect(store.issues()).rejects.toMatchObject({ name: 'StoreError', failure: 'refused' })
})

test('a store without tables cannot be migrated', async () => {
  await expect(migrate(memory())).rejects.toThrow('pass the store of klaxon/libsql')
})

function catchError(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
