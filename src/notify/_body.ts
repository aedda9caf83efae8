/**
 * Reads to the end or cancels at `max` bytes: an unread body holds one of a Worker's six connections.
 * `whole` is false where it was cut.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  max: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; whole: boolean }> {
  const reader = body?.getReader()
  if (!reader) return { bytes: new Uint8Array(), whole: true }
  const chunks: Uint8Array[] = []
  let size = 0
  while (size <= max) {
    const { done, value } = await reader.read()
    if (done) return { bytes: join(chunks, size), whole: true }
    chunks.push(value)
    size += value.length
  }
  await reader.cancel()
  return { bytes: join(chunks, size).slice(0, max), whole: false }
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
