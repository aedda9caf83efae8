import type { Redactor } from '../../src/redact/redactor.ts'

/** The headers that a record would keep, redacted. */
export function headersOf(redactor: Redactor, headers: Headers): Record<string, string> {
  const kept = redactor.allowed(headers)
  return redactor.filterHeaders(kept, redactor.areClean(Object.values(kept)))
}
