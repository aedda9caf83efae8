import type { Redactor } from '../../src/core/redact.ts'

/** The headers that are kept of these, redacted as a record's are. */
export function headersOf(redactor: Redactor, headers: Headers): Record<string, string> {
  const kept = redactor.allowed(headers)
  return redactor.filterHeaders(kept, redactor.areClean(Object.values(kept)))
}
