import { expect, test } from 'vitest'
import { fingerprint } from '../../src/capture/fingerprint.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'
import fixture from './fixtures/keys.json' with { type: 'json' }

/** A failure by the members that its key depends on. Missing members have their usual values. */
interface Example {
  kind?: string
  error?: string
  message?: string
  stack?: string
  code?: string
  cause?: { name: string; message: string; code?: string }
  status?: number
  method?: string
  path?: string
  route?: string
  environment?: string
  service?: string
}

const KEYS = Object.entries(fixture as unknown as Record<string, Example[]>)

function keyOf({ error = 'Error', message = '', stack, cause, code, ...rest }: Example): string {
  const { kind = 'thrown', status = 500, method = 'GET', path = '/', route = null } = rest
  const { environment = null, service = null } = rest
  const isStatus = kind === 'status'
  return fingerprint(
    {
      kind: kind as Occurrence['kind'],
      ...{ service, environment, status, method, path, route },
      errorName: isStatus ? null : error,
      errorMessage: isStatus ? null : message,
      errorStack: stack ?? null,
      causes: cause === undefined ? null : [{ stack: null, ...cause }],
    },
    { code: code ?? null },
  )
}

/**
 * A key never changes: an issue would become a new one in every database, and alert again. A new
 * example goes under the key that this test names for it.
 */
test('the keys of a few hundred failures stay what they are', () => {
  const changed = KEYS.flatMap(([key, examples]) =>
    examples.filter((example) => keyOf(example) !== key).map((each) => [key, keyOf(each), each]),
  )
  expect(changed).toEqual([])
  expect(KEYS.length).toBeGreaterThan(270)
})
