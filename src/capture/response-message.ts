import type { Setup } from '../config/setup.ts'
import { keptMessage, type PrintedBody } from '../envelope/rewrite/respond.ts'
import { MAX_MESSAGE_BYTES } from '../model/limits.ts'
import type { CapturedOccurrence } from '../model/occurrence.ts'
import type { RequestScope } from './scope.ts'

/** Characters of a body that is parsed for its message. */
const MAX_PARSED_LENGTH = 65_536

/** A failed response's own message; null when klaxon has not seen its body. */
export function messageOf({ framework }: RequestScope, response: Response): string | null {
  const printed = framework?.printedBody(response)
  return printed === undefined ? (keptMessage(response) ?? null) : messageIn(printed)
}

/** A text body, or the top-level `message` of a JSON body. */
function messageIn({ type, text }: Pick<PrintedBody, 'type' | 'text'>): string | null {
  if (type === 'text') return text === '' ? null : text
  if (text.length > MAX_PARSED_LENGTH) return null
  const value: unknown = JSON.parse(text)
  if (typeof value === 'string') return value
  const { message } = (value ?? {}) as { message?: unknown }
  return typeof message === 'string' && message !== '' ? message : null
}

/** Sets an occurrence's message, after the envelope has read the response's body. */
export function amendMessage(
  { redactor }: Setup,
  { occurrence, beforeFunction }: CapturedOccurrence,
  enveloped: Response,
): void {
  const message = keptMessage(enveloped)
  if (occurrence.errorMessage !== null || message === undefined || message === '') return
  const errorMessage = redactor.text(message, MAX_MESSAGE_BYTES)
  occurrence.errorMessage =
    beforeFunction === undefined
      ? errorMessage
      : redactor.finish({ ...beforeFunction, errorMessage }).errorMessage
}
