import { Body } from './_body.ts'
import { flow } from './_flow.ts'
import { knownLength } from './_runtime.ts'
import { concat } from './_shape.ts'

/** ms that a short body may take. */
const PATIENCE = 50
/** Bytes of a short body: what a text of someone's own has, which so goes out with its length. */
const SHORT = 4_096

/** What a body holds, where it is short and quick. */
export interface Peeked {
  bytes: Uint8Array<ArrayBuffer> | null
  /** The response to go on with; made when it is asked for. */
  response(): Response
}

/**
 * Reads a short body; unread where the runtime tells that it has more than `most` bytes. A long or slow one comes, or breaks
 * off, in the response that is given back; null for one that breaks off before its first byte. Neither cloned nor teed, which
 * would cost more than the reading.
 */
export async function peek(
  response: Response & { body: ReadableStream<Uint8Array> },
  most: number,
): Promise<Peeked | null> {
  if ((knownLength(response.body) ?? 0) > most) return { bytes: null, response: () => response }
  const body = new Body(response.body, false)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, PATIENCE, null)))
  // What fails here fails again where the response is read.
  const ahead = body.all(SHORT, null).catch(() => undefined)
  const chunks = await Promise.race([ahead, late])
  clearTimeout(timer)
  if (chunks === undefined && body.size === 0) return null
  if (!chunks) return { bytes: null, response: () => new Response(flow(body, [], null), response) }
  const bytes = concat(chunks)
  return { bytes, response: () => new Response(bytes, response) }
}
