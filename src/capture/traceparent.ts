import { activeSpanContext } from './active-span.ts'

/** `version-traceid-parentid-flags`, https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-([\da-f]{2})(?:-|$)/

/** Trace ids that `traceparent()` has made for requests without one. */
const startedTraces = new WeakMap<Request, string>()

/** The trace id of a `traceparent` header; null when it is missing or invalid. */
export function traceIdIn(header: string | undefined): string | null {
  return (header === undefined ? undefined : TRACEPARENT.exec(header)?.[1]) ?? null
}

/** The trace id that `traceparent()` has made for a request; null when it has not. */
export function begunTrace(request: Request): string | null {
  return startedTraces.get(request) ?? null
}

/**
 * The header `traceparent` for requests that the app sends while it handles this one. Its trace id
 * comes from the active span, else from the request, else it is new. A failure of the request is
 * recorded with it.
 */
export function traceparent(request: Request): string {
  const span = activeSpanContext()
  if (span !== null) return `00-${span.traceId}-${span.spanId}-${span.isSampled ? '01' : '00'}`
  const incoming = TRACEPARENT.exec(request.headers.get('traceparent') ?? '')
  let traceId = incoming?.[1] ?? startedTraces.get(request)
  if (traceId === undefined) startedTraces.set(request, (traceId = randomHex(16)))
  return `00-${traceId}-${randomHex(8)}-${incoming?.[2] ?? '01'}`
}

function randomHex(bytes: number): string {
  let hex = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes)))
    hex += byte.toString(16).padStart(2, '0')
  // All zeros is not a valid id.
  return /^0+$/.test(hex) ? randomHex(bytes) : hex
}
