import { isStoreError, type StoreError } from '../src/core/store-error.ts'
import type { Store } from '../src/core/types.ts'
import { libsql } from '../src/store/libsql.ts'
import { aBatch, anEntry } from './_store-fixtures.ts'

/** A store whose requests go through `fetch`. */
export function withFetch(
  fetch: (request: Request, init?: RequestInit) => Promise<Response>,
  url = 'http://database.test',
): Store {
  return libsql({ url, fetch: fetch as typeof globalThis.fetch })
}

/** A store whose server answers everything alike. */
export function answering(answer: () => Response): Store {
  return withFetch(async () => answer())
}

/** The StoreError that writing ends in; anything else fails the test. */
export async function failureOf(
  store: Store,
  batch = aBatch({ entries: [anEntry()] }),
): Promise<StoreError> {
  const error = await store.write(batch).then(
    () => new Error('the write went through'),
    (thrown: unknown) => thrown,
  )
  if (!isStoreError(error)) throw error
  return error
}
