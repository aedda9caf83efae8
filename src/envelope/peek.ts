import { Body } from './_body.ts'
import { flow } from './_flow.ts'
import { concat } from './_shape.ts'

/** ms that the end of a short body may take after its first chunk. */
const PATIENCE = 50

/**
 * The text of a body of no more than `limit` bytes, or what it is read from: the response again, with its body still to come
 * where that is longer or slow. Neither cloned nor teed, which would cost more than the reading. Rejects as the body does.
 */
export async function shortBody(
  response: Response & { body: ReadableStream<Uint8Array> },
  limit: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer> | null; response: Response }> {
  const body = new Body(response.body, false)
  const chunks = await body.all(limit, PATIENCE)
  if (chunks === null)
    return { bytes: null, response: new Response(flow(body, [], null), response) }
  const bytes = concat(chunks)
  return { bytes, response: new Response(bytes, response) }
}
