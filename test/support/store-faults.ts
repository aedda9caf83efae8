import { isStoreError, type StoreError } from '../../src/model/store-error.ts'
import type { Store } from '../../src/model/store.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { aBatch, anEntry } from './store-fixtures.ts'

/** A store whose requests go through `fetch`. */
export function withFetch(
  fetch: (request: Request, init?: RequestInit) => Promise<Response>,
  url = 'http://database.test',
): Store {
  return libsql({ url, fetch: fetch as typeof globalThis.fetch })
}

/** A store whose server gives the same answer to everything. */
export function answering(answer: () => Response): Store {
  return withFetch(async () => answer())
}

/** Returns the StoreError of a write. Any other result fails the test. */
export async function failureOf(
  store: Store,
  batch = aBatch({ occurrences: [anEntry()] }),
): Promise<StoreError> {
  const error = await store.write(batch).then(
    () => new Error('the write went through'),
    (thrown: unknown) => thrown,
  )
  if (!isStoreError(error)) throw error
  return error
}
