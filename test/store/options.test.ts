import { describe, expect, test } from 'vitest'
import { KlaxonError } from '../../src/model/klaxon-error.ts'
import { libsql as libsqlHttp } from '../../src/store/libsql/libsql-http.ts'
import { libsql, type LibsqlOptions } from '../../src/store/libsql/libsql.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { memory } from '../../src/store/memory/memory.ts'

describe.each([
  ['klaxon/libsql on Node', libsql],
  ['klaxon/libsql on workerd', libsqlHttp],
])('%s', (_name, make) => {
  test.for([
    ['no options', undefined, '`url` of libsql() must be set'],
    ['no url', {}, '`url` of libsql() must be set'],
    ['an empty url', { url: '' }, '`url` of libsql() must be set'],
    ['a url without a scheme', { url: 'canary.example.com' }, '`url` of libsql() must look like'],
    [
      'a url of another scheme',
      { url: 'postgres://canary.example.com/x' },
      '`url` of libsql() must look like',
    ],
    [
      'a web socket url',
      { url: 'wss://canary.example.com' },
      '`url` of libsql() must begin with libsql:',
    ],
    ['a url with a password', { url: 'https://u:canary@example.com' }, '`authToken`'],
    [
      'a token that is no string',
      { url: 'http://x', authToken: 7 },
      '`authToken` of libsql() must be a text',
    ],
    [
      'a fetch that is no function',
      { url: 'http://x', fetch: {} },
      '`fetch` of libsql() must be a function',
    ],
    ['a timeout of 0', { url: 'http://x', timeoutMs: 0 }, '`timeoutMs` of libsql() must be'],
    [
      'a timeout that is no number',
      { url: 'http://x', timeoutMs: Number.NaN },
      '`timeoutMs` of libsql() must be',
    ],
  ] as const)('%s is refused with the option and the fix', ([, options, words]) => {
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
      /`url`.*no files here.*memory\(\)/,
    )
  },
)

test('a file that cannot be opened is a refusal', async () => {
  const store = libsql({ url: 'file:/nowhere/at/all/x.db' })
  await expect(store.issues()).rejects.toMatchObject({ name: 'StoreError', failure: 'refused' })
  await expect(store.issues()).rejects.toMatchObject({ name: 'StoreError', failure: 'refused' })
})

test('a store without tables cannot be migrated', async () => {
  await expect(migrate(memory())).rejects.toThrow('pass a store of klaxon/libsql')
})

function catchError(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
