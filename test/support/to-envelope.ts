import {
  type EnvelopeFormat,
  toEnvelope as toEnvelopeByRules,
} from '../../src/envelope/rewrite/respond.ts'

/** `toEnvelope` with the defaults of the options. */
export function toEnvelope(
  response: Response,
  format: EnvelopeFormat = 'envelope',
  errorId: string | null = null,
): Response | Promise<Response> {
  return toEnvelopeByRules(response, { format, text: true }, errorId)
}
