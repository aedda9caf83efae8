/**
 * Reads a body to its end, or cancels it at `max` bytes. An unread body occupies one of a Worker's
 * six connections.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  max: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader()
  if (!reader) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  while (size < max) {
    const { done, value } = await reader.read()
    if (done) return join(chunks, size)
    chunks.push(value)
    size += value.length
  }
  await reader.cancel()
  return join(chunks, size).slice(0, max)
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
