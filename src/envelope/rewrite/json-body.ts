import { QUOTE } from '../json/bytes.ts'
import { Scanner } from '../json/scanner.ts'
import { Body } from './body.ts'
import { bodiless } from './bodiless.ts'
import { brokenOff, withBody, withItsBody } from './copy.ts'
import { flow } from './flow.ts'
import { JSON_TYPE } from './format.ts'
import { lengthIn } from './headers.ts'
import { MAX_HELD_BYTES, MAX_HELD_LENGTH, MAX_PLAIN_TEXT_BYTES, SLOW_VALUE_MS } from './limits.ts'
import { soleType } from './light.ts'
import { keepMessage, mark, markForOthers } from './mark.ts'
import { readAhead, UNTOUCHED, WHOLE } from './read-ahead.ts'
import { knownLength } from './runtime.ts'
import { splice, spliceText } from './splice.ts'
import { Splicer } from './splicer.ts'
import { decodeUtf8, encodeUtf8 } from '../../util/utf8.ts'

/** Bytes of a body that is decoded. Hosts make a body faster from a short text. */
const MAX_DECODED_BYTES = 4_096

/**
 * Puts a JSON body with a known text into the default envelope, without reading it.
 *
 * @param sole the result of `soleType`
 * @returns null for a text that is too long to be held
 */
export function envelopedText(
  response: Response,
  text: string,
  sole = soleType(response),
): Response | null {
  if (text.length > MAX_HELD_LENGTH) return null
  const bytes = encodeUtf8(text)
  const scan = new Scanner(Infinity)
  scan.push(bytes)
  return whole(response, { bytes, text, isRead: false, sole }, scan)
}

/**
 * Puts a JSON body into the default envelope. Never rejects.
 * @param sole the result of `soleType`
 */
export async function enveloped(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  sole = soleType(response),
): Promise<Response> {
  let body: Body | null = null
  try {
    const known = knownLength(stream)
    if (known !== null && known <= MAX_HELD_BYTES) {
      const bytes = new Uint8Array(await response.arrayBuffer())
      const scan = new Scanner(Infinity)
      scan.push(bytes)
      return whole(response, { bytes, text: decoded(bytes), isRead: true, sole }, scan)
    }
    body = new Body(stream)
    const scan = new Scanner(Infinity)
    const outcome = await readAhead(body, scan, {
      maxBytes: MAX_HELD_BYTES,
      valueMs: SLOW_VALUE_MS,
      length: lengthIn(response.headers),
    })
    if (outcome === UNTOUCHED) return withItsBody(response, flow(body, [], null), null)
    if (outcome !== WHOLE) return await unended(response, body)
    const bytes = body.held()
    // The source's code has run since, and may have changed the headers.
    const now = soleType(response)
    return whole(response, { bytes, text: decoded(bytes), isRead: true, sole: now }, scan)
  } catch (error) {
    return brokenOff(response, body, error)
  }
}

/** A whole body. */
interface Held {
  bytes: Uint8Array<ArrayBuffer>
  /** null when the bytes are long or not UTF-8. */
  text: string | null
  /** Whether it was read, so that the response needs a new body. */
  isRead: boolean
  /** The content type when it is the only header. */
  sole: string | null
}

function whole(response: Response, held: Held, scan: Scanner): Response {
  const { status } = response
  const { bytes, isRead, sole } = held
  if (bytes.length === 0) return bodiless(response, 'envelope', null)
  const body = spliceHeld(status, held, scan)
  const out =
    body !== null
      ? markForOthers(withBody(response, body, JSON_TYPE, sole))
      : isRead
        ? withItsBody(response, bytes, bytes.length)
        : markForOthers(response)
  const message = status < 400 ? null : messageIn(status, bytes, scan)
  if (message !== null) keepMessage(out, message)
  return out
}

function spliceHeld(
  status: number,
  { bytes, text }: Held,
  scan: Scanner,
): string | Uint8Array<ArrayBuffer> | null {
  return text === null ? splice(status, bytes, scan) : spliceText(status, text, bytes, scan)
}

function decoded(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_DECODED_BYTES) return null
  try {
    return decodeUtf8(bytes)
  } catch {
    // The bytes are not UTF-8.
    return null
  }
}

/** The message of a failure: its `message`, or a client error's whole body. */
function messageIn(
  status: number,
  bytes: Uint8Array,
  { members, start, end, failed }: Scanner,
): string | null {
  const from = members.messages.at(-2) ?? (status < 500 ? start : -1)
  const to = members.messages.at(-1) ?? end
  if (failed >= 0 || bytes[from] !== QUOTE || to - from > MAX_PLAIN_TEXT_BYTES) return null
  try {
    return String(JSON.parse(new TextDecoder().decode(bytes.subarray(from, to))))
  } catch {
    // The message is invalid. Only the client sees it.
    return null
  }
}

/** Streams a body whose end is not there yet. */
async function unended(response: Response, body: Body): Promise<Response> {
  const splicer = new Splicer(response.status, MAX_HELD_BYTES, body.size <= MAX_HELD_BYTES)
  let parts: Uint8Array[]
  do {
    // The stream will meet the same error, after the bytes before it.
    const chunk = await body.next().catch(() => null)
    parts = chunk === null ? splicer.finish() : splicer.push(chunk)
  } while (splicer.wraps === null)
  const rest = flow(body, parts, splicer)
  return splicer.wraps
    ? mark(withBody(response, rest, JSON_TYPE))
    : withItsBody(response, rest, null)
}
