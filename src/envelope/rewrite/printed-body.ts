import { withBody } from './copy.ts'
import { JSON_TYPE } from './format.ts'
import { soleType } from './light.ts'
import { MAX_PLAIN_TEXT_BYTES } from './limits.ts'
import { markForOthers } from './mark.ts'
import { envelopeOfText } from './value.ts'
import { MAX_UNIT_BYTES } from '../../util/safe-text.ts'

/** A body whose text is known, because klaxon saw it being printed. */
export interface PrintedBody {
  type: 'json' | 'text'
  text: string
  /** For JSON: whether the value may have a member `message`, see `hasMessage`. */
  mayHaveMessage: boolean
}

const TYPE_HEADERS = { 'content-type': JSON_TYPE }

/**
 * Makes the envelope from a printed text, without reading the body. The caller must know that the
 * envelope applies, and that the body still is that text.
 *
 * @param sole the result of `soleType`
 * @returns null when the body must be read to decide
 */
export function fromPrinted(
  response: Response,
  printed: PrintedBody,
  sole = soleType(response),
): Response | null {
  const { text } = printed
  if (
    text === '' ||
    (printed.type === 'text' && text.length > MAX_PLAIN_TEXT_BYTES / MAX_UNIT_BYTES)
  )
    return null
  const body = enveloped(response.status, printed)
  if (body === text) return markForOthers(response)
  const { status } = response
  // Known headers are not copied, so that a light Response keeps this plain object.
  if (sole !== null && isReplaced(sole))
    return markForOthers(new Response(body, { status, headers: TYPE_HEADERS }))
  return markForOthers(withBody(response, body, JSON_TYPE, sole))
}

function enveloped(status: number, { type, text, mayHaveMessage }: PrintedBody): string {
  if (type === 'json') return envelopeOfText(status, text, mayHaveMessage)
  // Decoded as a client does it: without a BOM, and with U+FFFD for a lone surrogate.
  const decoded = (text as string & { toWellFormed(): string })
    .toWellFormed()
    .replace(/^\ufeff/, '')
  const message = JSON.stringify(decoded)
  return `{"success":false,"result":null,"message":${message}}`
}

const isReplaced = (type: string): boolean => type === JSON_TYPE || type.startsWith('text/plain')
