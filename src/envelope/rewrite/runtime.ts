export function isWorkerd(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}

/**
 * The length of a body in bytes where the runtime knows it: workerd, which shows it to
 * `util.inspect` under a symbol. That symbol is no one's promise. Without it bodies are read chunk
 * by chunk, as elsewhere.
 */
export function knownLength(stream: ReadableStream<Uint8Array>): number | null {
  symbol ??= find()
  const length = symbol && (stream as unknown as Record<symbol, unknown>)[symbol]
  return typeof length === 'bigint' ? Number(length) : null
}

let symbol: symbol | null | undefined

function find(): symbol | null {
  if (!isWorkerd()) return null
  const symbols = Object.getOwnPropertySymbols(ReadableStream.prototype)
  return symbols.find(({ description }) => description === 'length') ?? null
}
