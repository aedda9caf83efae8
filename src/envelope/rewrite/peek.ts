import { Body } from './body.ts'
import { flow } from './flow.ts'
import { END_MS } from './limits.ts'
import { Deadline, readShort } from './read-ahead.ts'
import { knownLength } from './runtime.ts'

/** Bytes of a short body, such as an error handler's text. */
const MAX_SHORT_BYTES = 4_096

/** The bytes of a short and quick body. */
export interface Peeked {
  /** null for a long or slow body. */
  bytes: Uint8Array<ArrayBuffer> | null
  /** Makes the response that replaces the original. */
  response(): Response
}

/**
 * Reads a short body. A body of more than `maxBytes` stays unread, if the runtime knows its length.
 * The returned response has the whole body, even when it is long, slow or breaks off. null for a
 * body that breaks off before its first byte. It uses no clone and no tee, because both cost more
 * than reading.
 */
export async function peek(
  response: Response & { body: ReadableStream<Uint8Array> },
  maxBytes: number,
): Promise<Peeked | null> {
  if ((knownLength(response.body) ?? 0) > maxBytes) return { bytes: null, response: () => response }
  const body = new Body(response.body, false)
  const deadline = new Deadline()
  deadline.set(END_MS)
  // A failure occurs again when the response is read.
  const reading = readShort(body, MAX_SHORT_BYTES, END_MS).catch(() => null)
  const isShort = await deadline.race(reading)
  deadline.clear()
  if (isShort === null && body.size === 0) return null
  if (isShort !== true) {
    return { bytes: null, response: () => new Response(flow(body, [], null), response) }
  }
  const bytes = body.held()
  return { bytes, response: () => new Response(bytes, response) }
}
