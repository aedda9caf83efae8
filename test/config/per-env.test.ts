import { describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

const failing = async (): Promise<Response> => new Response('no', { status: 503 })
const request = (): Request => new Request('http://x/api/a')

function counted(options: KlaxonOptions = { log: false }) {
  const made: unknown[] = []
  const klaxon = createKlaxon((env: unknown) => {
    made.push(env)
    return options
  })
  const wrapped = klaxon.wrap({ fetch: (_request: Request, _env: unknown) => failing() })
  return { made, ask: (env: unknown) => wrapped.fetch(request(), env) }
}

describe('options by env', () => {
  test('are made once for copies of one env', () => {
    const { made, ask } = counted()
    const binding = { get() {} }
    for (let nth = 0; nth < 50; nth++) void ask({ KV: binding, TOKEN: 'a' })
    expect(made).toHaveLength(1)
  })

  test('are made anew for an env with another member or another value', () => {
    const { made, ask } = counted()
    void ask({ TOKEN: 'a' })
    void ask({ TOKEN: 'b' })
    void ask({ TOKEN: 'a', MORE: 1 })
    void ask({ TOKEN: 'a' })
    expect(made).toHaveLength(3)
  })

  test('never cost a response, whatever env is', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const throwing = (): never => {
      throw new TypeError('unknown name')
    }
    const hostile = [
      new Proxy({}, { get: throwing }),
      new Proxy({}, { has: throwing, get: throwing, ownKeys: throwing }),
      new Proxy(
        {},
        { get: throwing, getOwnPropertyDescriptor: throwing, getPrototypeOf: throwing },
      ),
      Object.defineProperty({}, 'ENVIRONMENT', { get: throwing, enumerable: true }),
    ]
    for (const env of hostile) {
      const { ask } = counted({ store: memory() })
      const response = await ask(env)
      expect(response.status).toBe(503)
      expect(response.headers.get('x-error-id')).not.toBeNull()
    }
    const refusing = createKlaxon(() => throwing()).wrap({
      fetch: (_request: Request) => failing(),
    })
    expect((await refusing.fetch(request())).status).toBe(503)
    expect(warn).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })
})

test('an empty environment is none, and the service is part of the key', async () => {
  const store = memory()
  for (const service of ['a', 'b', '']) {
    const klaxon = createKlaxon({ store, log: false, environment: '', release: '', service })
    klaxon.report(new Error('one and the same problem'))
    await klaxon.flush()
  }
  const issues = await store.issues()
  expect(new Set(issues.map((issue) => issue.service))).toEqual(new Set(['a', 'b', null]))
  const rows = await store.occurrences()
  expect(new Set(rows.map((row) => row.fingerprint)).size).toBe(3)
  for (const row of rows) expect(row.release).toBeNull()
})
