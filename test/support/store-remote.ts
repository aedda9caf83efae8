import { StoreError } from '../../src/model/store-error.ts'
import type { Store, StoreFailure } from '../../src/model/store.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { driverOf, type SqlResult } from '../../src/store/sql/sql-store.ts'
import { onCallersTime } from './callers-time.ts'
import { emptied } from './store-wipe.ts'

/** The methods of a Store, and helpers of the tests for its tables. */
type Call = { method: string; args: unknown[] }
type Answer = { value?: unknown } | { failure: StoreFailure; message: string }

/** Answers the calls of `remoteStore` in the process or Worker that has the store. */
export async function serveStore(store: Store, request: Request): Promise<Response> {
  if (request.method === 'GET') return new Response('ready')
  // The suite sets the time.
  onCallersTime(store)
  const { method, args } = JSON.parse(await request.text(), revive) as Call
  const extras: Record<string, () => Promise<unknown>> = {
    empty: async () => void (await emptied(store)),
    migrate: () => migrate(store),
    sql: () => driverOf(store)!.batch([{ sql: args[0] as string, params: [] }], 'write'),
  }
  try {
    const members = store as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>
    const value = await (extras[method]?.() ?? members[method]!(...args))
    return Response.json({ value } satisfies Answer)
  } catch (error) {
    const { failure, message } = error as StoreError
    return Response.json({ failure: failure ?? 'transient', message } satisfies Answer)
  }
}

/** JSON has no Infinity and no NaN. */
function replace(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value
}

function revive(_key: string, value: unknown): unknown {
  const { $number } = (value ?? {}) as { $number?: string }
  return $number === undefined ? value : Number($number)
}

type Fetch = (
  url: string,
  init: { method: string; body: string },
) => Promise<{ json(): Promise<unknown> }>

export interface RemoteStore extends Store {
  empty(): Promise<void>
  migrate(): Promise<string[]>
  sql(text: string): Promise<SqlResult[]>
}

/** A Store in another process or isolate, reached over HTTP. */
export function remoteStore(url: string, fetchFn: Fetch = fetch): RemoteStore {
  const call =
    (method: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      const body = JSON.stringify({ method, args }, replace)
      const answer = (await (await fetchFn(url, { method: 'POST', body })).json()) as Answer
      if ('failure' in answer) throw new StoreError(answer.failure, { code: answer.message })
      return answer.value
    }
  return new Proxy({ name: 'remote' } as RemoteStore, {
    get: (target, key) =>
      typeof key === 'symbol' || key === 'then' || key in target
        ? Reflect.get(target, key)
        : call(key),
  })
}
