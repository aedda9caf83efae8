import { Scanner } from '../json/scanner.ts'
import { parseExactly } from '../json/exact-numbers.ts'
import { type Envelope, isEnvelope } from '../envelope.ts'
import { bodiless, formatted } from './bodiless.ts'
import { Body } from './body.ts'
import { brokenOff, withItsBody } from './copy.ts'
import { flow } from './flow.ts'
import { type EnvelopeFormat, envelopeOf } from './format.ts'
import { lengthIn } from './headers.ts'
import { MAX_PARSED_BYTES, MAX_PLAIN_TEXT_BYTES, SLOW_VALUE_MS } from './limits.ts'
import { keepMessage } from './mark.ts'
import { readAhead, readShort, WHOLE } from './read-ahead.ts'
import { decodeUtf8 } from '../../util/utf8.ts'

type Made = Response | null

/** Parses a JSON body and prints it in a format. Never rejects. */
export function reprinted(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  format: EnvelopeFormat,
  errorId: string | null,
): Promise<Response> {
  const limits = { maxBytes: MAX_PARSED_BYTES, valueMs: null, length: lengthIn(response.headers) }
  const isWhole = async (body: Body): Promise<boolean> =>
    (await readAhead(body, new Scanner(Infinity), limits)) === WHOLE
  return remade(response, stream, isWhole, (text): Made => {
    if (text === '') return bodiless(response, format, errorId)
    const { value, print } = parseExactly(text)
    if (isEnvelope(value)) return null
    const envelope = envelopeOf(response.status, value)
    const made = formatted(response, { envelope, body: value, print }, format, errorId)
    return telling(made, envelope, value)
  })
}

/** Makes an error's plain text the message of an envelope. Never rejects. */
export function quoted(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  format: EnvelopeFormat,
  errorId: string | null,
): Promise<Response> {
  const isShort = (body: Body): Promise<boolean> =>
    readShort(body, MAX_PLAIN_TEXT_BYTES, SLOW_VALUE_MS)
  return remade(response, stream, isShort, (message): Made => {
    if (message === '') return bodiless(response, format, errorId)
    const envelope = { success: false, result: null, message } as const
    const body = { message }
    return telling(formatted(response, { envelope, body }, format, errorId), envelope, body)
  })
}

/** Keeps the message of a failure. The envelope of a 4xx may have the whole body there. */
function telling(made: Made, { success, message }: Envelope, body: unknown): Made {
  const own =
    typeof message === 'string' ? message : (Object(body) as { message?: unknown }).message
  if (made !== null && !success && typeof own === 'string') keepMessage(made, own)
  return made
}

/** Reads a short body to its end, and makes another response of its text. */
async function remade(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  isShort: (body: Body) => Promise<boolean>,
  make: (text: string) => Made,
): Promise<Response> {
  let body: Body | null = null
  try {
    body = new Body(stream)
    if (!(await isShort(body))) return withItsBody(response, flow(body, [], null), null)
  } catch (error) {
    return brokenOff(response, body, error)
  }
  const bytes = body.held()
  try {
    const made = make(decodeUtf8(bytes))
    if (made !== null) return made
  } catch {
    // The body is not UTF-8 or not JSON, or the user's function threw. The original goes out.
  }
  return withItsBody(response, bytes, bytes.length)
}
