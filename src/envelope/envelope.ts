/** The shape of every JSON response. `success` tells the two forms apart. */
export type Envelope<T = unknown> =
  | {
      success: true
      result: T
      message: string | null
    }
  | {
      success: false
      /** The body of a 5xx without its `message`; null for a 4xx. */
      result: unknown
      /** A text, or the whole JSON body of a 4xx. */
      message: unknown
      /** Details of the fault, if `fail` or a validation hook has set them. */
      issues?: readonly unknown[]
    }

/** Whether a parsed value has the shape of an envelope. It may have more members. */
export function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false
  return (
    typeof (value as Envelope).success === 'boolean' &&
    Object.hasOwn(value, 'result') &&
    Object.hasOwn(value, 'message')
  )
}
