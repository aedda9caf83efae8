/**
 * The parts of `@opentelemetry/api` that klaxon uses. The app's copy registers itself under a
 * symbol.
 */
interface OpenTelemetry {
  context?: { active?(): { getValue?(key: symbol): unknown } }
}

interface Span {
  setAttribute?(name: string, value: string): unknown
  spanContext?(): { traceId?: unknown; spanId?: unknown; traceFlags?: unknown }
}

const API = Symbol.for('opentelemetry.js.api.1')
/** `createContextKey('OpenTelemetry Context Key SPAN')` of `@opentelemetry/api` 1.x. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')

/** The span's attribute for the error id. */
const ERROR_ID_ATTRIBUTE = 'klaxon.error_id'

function activeSpan(): Span | undefined {
  const api = (globalThis as Record<symbol, unknown>)[API] as OpenTelemetry | undefined
  return api?.context?.active?.().getValue?.(SPAN) as Span | undefined
}

export interface SpanContext {
  traceId: string
  spanId: string
  isSampled: boolean
}

/** The active span of the app's tracing; null without one. Never throws. */
export function activeSpanContext(): SpanContext | null {
  try {
    const { traceId, spanId, traceFlags } = activeSpan()?.spanContext?.() ?? {}
    if (!isId(traceId, 32) || !isId(spanId, 16)) return null
    return { traceId, spanId, isSampled: (Number(traceFlags) & 1) === 1 }
  } catch {
    // The tracer failed.
    return null
  }
}

function isId(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^(?!0+$)[\da-f]+$/.test(value)
}

/** Writes the error id on the active span. Never throws. */
export function markActiveSpan(id: string): void {
  try {
    activeSpan()?.setAttribute?.(ERROR_ID_ATTRIBUTE, id)
  } catch {
    // The tracer failed. The occurrence is still recorded.
  }
}
