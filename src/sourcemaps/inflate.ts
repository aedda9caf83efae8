/** Bytes of a chunk or a source at most. A longer one is an error. */
const MAX_INFLATED_BYTES = 8_388_608

/**
 * Inflates a row.
 * @throws for bytes that are damaged or too long
 */
export async function inflate(data: Uint8Array): Promise<string> {
  const body = new Blob([data as Uint8Array<ArrayBuffer>]).stream()
  const reader = body.pipeThrough(new DecompressionStream('deflate')).getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.length
    if (size > MAX_INFLATED_BYTES) {
      await reader.cancel()
      throw new RangeError('a source map row is too long')
    }
    text += decoder.decode(value, { stream: true })
  }
}
