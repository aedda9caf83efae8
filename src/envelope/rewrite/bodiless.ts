import { withBody } from './copy.ts'
import { type Content, type EnvelopeFormat, envelopeOf, render } from './format.ts'
import { mark } from './mark.ts'

/** The envelope for a response without a body. */
export function bodiless(
  response: Response,
  format: EnvelopeFormat,
  errorId: string | null,
): Response {
  const content = { envelope: envelopeOf(response.status, undefined), body: undefined }
  const out = formatted(response, content, format, errorId)
  if (out === null) return response
  // A failed cancel of an empty stream does not matter.
  if (!response.bodyUsed) response.body?.cancel().catch(() => {})
  return out
}

/** The response with its content in a format; null when the format returns nothing. */
export function formatted(
  response: Response,
  content: Content,
  format: EnvelopeFormat,
  errorId: string | null,
): Response | null {
  const rendered = render(format, content, response, errorId)
  if (rendered === null) return null
  return mark(withBody(response, rendered.body, rendered.contentType))
}
