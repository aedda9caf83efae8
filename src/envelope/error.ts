/** What an `EnvelopeError` is made of. */
export interface EnvelopeErrorOptions {
  status: number
  /** @default null */
  errorId?: string | null
  /** @default null */
  result?: unknown
  /** @default null */
  details?: unknown
  cause?: unknown
}

/** Thrown by `unwrap` for a response without a result. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  /** HTTP status of the response. */
  readonly status: number
  /** The `x-error-id` header, which names the occurrence; null without one. */
  readonly errorId: string | null
  /** The envelope's `result`, or the parsed body when it was no envelope; null without one. */
  readonly result: unknown
  /**
   * The envelope's `message` as it came: a text, or the JSON body of a 4xx. Of a body that is not
   * JSON, its text.
   */
  readonly details: unknown

  constructor(message: string, options: EnvelopeErrorOptions) {
    const { status, errorId = null, result = null, details = null } = options
    super(message, options)
    this.status = status
    this.errorId = errorId
    this.result = result
    this.details = details
  }
}

/** Whether a caught value is an `EnvelopeError`, also one of another installed copy. */
export function isEnvelopeError(value: unknown): value is EnvelopeError {
  // By name: `instanceof` knows only the class of its own copy.
  return value instanceof Error && value.name === 'EnvelopeError'
}
