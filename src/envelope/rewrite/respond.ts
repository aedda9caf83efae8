import { bodiless } from './bodiless.ts'
import { type EnvelopeFormat, JSON_TYPE, render, type Rendered } from './format.ts'
import { enveloped, envelopedText } from './json-body.ts'
import { knownText, soleType } from './light.ts'
import { isMarked } from './mark.ts'
import {
  asksForItsBytes,
  isAsciiBased,
  isEncoded,
  isJson,
  isPlainText,
  isUtf8,
} from './media-type.ts'
import { quoted, reprinted } from './parsed-body.ts'
import { fromPrinted, type PrintedBody } from './printed-body.ts'
import { isWhole } from './shape.ts'

export { hasNullBody, isUnread, typeOf } from './light.ts'
export { isMarked, keptMessage, mark } from './mark.ts'
export type { EnvelopeFormat, Rendered } from './format.ts'
export type { PrintedBody } from './printed-body.ts'
export { envelopeOfValue, hasMessage } from './value.ts'

/** The rules for responses on an envelope path. */
export interface EnvelopeRules {
  format: EnvelopeFormat
  /** Whether the plain text of an error becomes the message. */
  text: boolean
}

/**
 * Puts a response into an envelope, if the rules apply. Otherwise it returns the same object, or a
 * copy with the same bytes when the body had to be read. Never throws or rejects.
 *
 * It is not for responses to HEAD, see `withoutLength`.
 *
 * @param printed the text that the body was made of, where the caller knows it: then nothing is
 *   read
 */
export function toEnvelope(
  response: Response,
  rules: EnvelopeRules,
  errorId: string | null = null,
  printed?: PrintedBody,
): Response | Promise<Response> {
  try {
    const { format } = rules
    const content = contentOf(response, rules)
    if (content === null) return response
    const { kind, sole } = content
    const made =
      printed?.type === kind && format === 'envelope' ? fromPrinted(response, printed, sole) : null
    if (made !== null) return made
    if (kind === 'json' && format === 'envelope') {
      const text = knownText(response)
      const spliced = text === null ? null : envelopedText(response, text, sole)
      if (spliced !== null) return spliced
    }
    // Reads `body` late, because it turns a light response of some hosts into a real one.
    const { body } = response
    if (body === null) return bodiless(response, format, errorId)
    if (body.locked || response.bodyUsed || isMarked(body)) return response
    if (kind === 'untyped') {
      return isEmpty(response.headers) ? bodiless(response, format, errorId) : response
    }
    if (kind === 'text') return quoted(response, body, format, errorId)
    if (format === 'envelope') return enveloped(response, body, sole)
    return reprinted(response, body, format, errorId)
  } catch {
    // The response cannot be read. It goes out unchanged.
    return response
  }
}

/** The response to HEAD, without a Content-Length that the response to GET would not have. */
export function withoutLength(response: Response, rules: EnvelopeRules): Response {
  try {
    const { headers, body } = response
    if (!headers.has('content-length')) return response
    const kind = contentOf(response, rules)?.kind
    if (kind === undefined || (kind === 'untyped' && !isEmpty(headers))) return response
    if (body?.locked === true || response.bodyUsed) return response
    // A copy, because another request may share the object.
    const copy = new Response(body, response)
    copy.headers.delete('content-length')
    return copy
  } catch {
    // The response cannot be read. It goes out unchanged.
    return response
  }
}

/**
 * Prints the body for a throw. When the format is a function that fails, it is the default
 * envelope.
 */
export function errorEnvelope(
  status: number,
  message: string,
  format: EnvelopeFormat,
  errorId: string | null = null,
): Rendered {
  const envelope = { success: false, result: null, message } as const
  const plain = { body: JSON.stringify(envelope), contentType: JSON_TYPE }
  if (format === 'envelope') return plain
  try {
    const response = new Response(null, { status })
    return render(format, { envelope, body: { message } }, response, errorId) ?? plain
  } catch {
    // The user's function threw.
    return plain
  }
}

/** The content of a response, as far as its headers tell. */
interface Content {
  kind: 'json' | 'text' | 'untyped'
  /** The result of `soleType`. */
  sole: string | null
}

/** Reads status and headers. null when the envelope does not apply. */
function contentOf(response: Response, { format, text }: EnvelopeRules): Content | null {
  const { status } = response
  if (!isWhole(status) || isMarked(response) || (format === 'problem' && status < 400)) return null
  const sole = soleType(response)
  const headers = sole === null ? response.headers : null
  const type = headers === null ? sole : headers.get('content-type')
  let kind: Content['kind'] = 'untyped'
  if (isJson(type)) {
    if (!(format === 'envelope' ? isAsciiBased(type) : isUtf8(type))) return null
    kind = 'json'
  } else if (type !== null) {
    if (!text || status < 400 || !isPlainText(type) || !isUtf8(type)) return null
    kind = 'text'
  }
  const isFinal = headers !== null && (isEncoded(headers) || asksForItsBytes(headers))
  return isFinal ? null : { kind, sole }
}

/** A fetched response without a body may show an empty stream instead of null. */
function isEmpty(headers: Headers): boolean {
  return headers.get('content-length') === '0'
}
