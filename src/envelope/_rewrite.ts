import { Body } from './_body.ts'
import { dressed, undressed } from './_copy.ts'
import { flow, type Source } from './_flow.ts'
import { type EnvelopeFormat, envelopeOf, JSON_TYPE, render } from './_format.ts'
import { isEncoded } from './_headers.ts'
import { knownLength } from './_runtime.ts'
import { concat } from './_shape.ts'
import { Splicer } from './_splicer.ts'
import { isEnvelope } from './index.ts'
import { splice } from './splice.ts'

/**
 * Bytes of a body that are held in memory; a longer one streams. In workerd one copy takes 0.7 times
 * the CPU of chunks at 100 KB, and the same from 400 KB to 1 MB; and what is held can still go out
 * untouched. To measure again, run the `klaxon` of bench/kernels/bodies.ts over bodies of 100 KB to
 * 1 MB with this at 64 KB and at 1 MB, in turns.
 */
const HELD = 1_048_576

/** ms that the first chunk of a body waits for the last one before the body streams. */
const PATIENCE = 50

/**
 * Bytes of a body that are parsed for a format which needs that; a longer one goes out as it came.
 */
const PARSED = 4_194_304

/** The response with its body in the default envelope. Never rejects. */
export async function spliced(
  response: Response,
  stream: ReadableStream<Uint8Array>,
): Promise<Response> {
  let body: Body | undefined
  try {
    const length = knownLength(stream)
    if (length !== null && length <= HELD) {
      return short(response, new Uint8Array(await response.arrayBuffer()))
    }
    body = new Body(stream)
    const chunks = await body.all(HELD, PATIENCE)
    return chunks === null ? await long(response, body) : short(response, concat(chunks))
  } catch (error) {
    return failed(response, body ?? failing(error))
  }
}

/** The response with its body parsed, and printed as a format has it. Never rejects. */
export async function printed(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  format: EnvelopeFormat,
  errorId: string | null,
): Promise<Response> {
  let body: Body | undefined
  try {
    body = new Body(stream)
    const chunks = await body.all(PARSED, null)
    if (chunks === null) return undressed(response, flow(body, [], null), null)
    return print(response, concat(chunks), format, errorId)
  } catch (error) {
    return failed(response, body ?? failing(error))
  }
}

/** The response in place of one that has no body. */
export function bodiless(
  response: Response,
  format: EnvelopeFormat,
  errorId: string | null,
): Response {
  const out = isEncoded(response.headers) ? null : formatted(response, format, undefined, errorId)
  if (out === null) return response
  // An empty stream that cannot be cancelled has nothing else to tell.
  if (!response.bodyUsed) response.body?.cancel().catch(() => {})
  return out
}

function short(response: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  if (bytes.length === 0) return bodiless(response, 'envelope', null)
  const out = splice(response.status, bytes)
  if (out === null) return undressed(response, bytes, bytes.length)
  return dressed(response, out, JSON_TYPE, out.length)
}

async function long(response: Response, body: Body): Promise<Response> {
  const splicer = new Splicer(response.status, HELD)
  let parts: Uint8Array[] = []
  let chunk: Uint8Array | null = null
  try {
    do {
      chunk = await body.next()
      parts = chunk === null ? splicer.finish() : splicer.push(chunk)
    } while (chunk !== null && splicer.wraps === null)
  } catch {
    // The stream meets the error of the source again, after what came before it.
    parts = splicer.finish()
  }
  const rest = flow(body, parts, splicer)
  return splicer.wraps ? dressed(response, rest, JSON_TYPE, null) : undressed(response, rest, null)
}

function print(
  response: Response,
  bytes: Uint8Array<ArrayBuffer>,
  format: EnvelopeFormat,
  errorId: string | null,
): Response {
  try {
    if (bytes.length === 0) return bodiless(response, format, errorId)
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (!isEnvelope(body) || Object.keys(body).length !== 3) {
      const out = formatted(response, format, body, errorId)
      if (out !== null) return out
    }
  } catch {
    // No JSON, or the user's function threw: the original goes out.
  }
  return undressed(response, bytes, bytes.length)
}

/** The response with its body, parsed, as the format has it; null when that has nothing to say. */
function formatted(
  response: Response,
  format: EnvelopeFormat,
  body: unknown,
  errorId: string | null,
): Response | null {
  const rendered = render(format, envelopeOf(response.status, body), body, response, errorId)
  if (rendered === null) return null
  const bytes = new TextEncoder().encode(rendered.body)
  return dressed(response, bytes, rendered.contentType, bytes.length)
}

/** The source failed: what it gave goes out, and then its error, as it would have without us. */
function failed(response: Response, source: Source): Response {
  try {
    return undressed(response, flow(source, [], null), null)
  } catch {
    // No copy can be made of it.
    return response
  }
}

/** The source that a body would have been, had it not failed at once. */
function failing(error: unknown): Source {
  return { next: () => Promise.reject(error), cancel: async () => {} }
}
