/** Options of `EnvelopeError`. */
export interface EnvelopeErrorOptions {
  status: number
  /** @default null */
  errorId?: string | null
  /** @default null */
  result?: unknown
  /** @default null */
  details?: unknown
  /** @default null */
  issues?: readonly unknown[] | null
  cause?: unknown
}

/** Thrown by `unwrap` for a response without a result. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  /** HTTP status of the response. */
  readonly status: number
  /** The `x-error-id` header, which names the occurrence; null without one. */
  readonly errorId: string | null
  /** The envelope's `result`, or the parsed body when it was not an envelope; null without one. */
  readonly result: unknown
  /**
   * The envelope's `message`: a text, or the JSON body of a 4xx. When the body is not JSON, its
   * text.
   */
  readonly details: unknown
  /** Details of the fault, such as one issue for each field; null without any. */
  readonly issues: readonly unknown[] | null

  constructor(message: string, options: EnvelopeErrorOptions) {
    const { status, errorId = null, result = null, details = null, issues = null } = options
    super(message, options)
    this.status = status
    this.errorId = errorId
    this.result = result
    this.details = details
    this.issues = issues
  }
}

/** Whether a caught value is an `EnvelopeError`, even of another installed copy of klaxon. */
export function isEnvelopeError(value: unknown): value is EnvelopeError {
  // Compares the name, because `instanceof` knows only the class of this copy.
  return value instanceof Error && value.name === 'EnvelopeError'
}
