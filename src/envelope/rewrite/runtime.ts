let onWorkerd: boolean | undefined

/** Read once, because the getter is slow in most hosts. */
export function isWorkerd(): boolean {
  return (onWorkerd ??= globalThis.navigator?.userAgent === 'Cloudflare-Workers')
}

/**
 * The length of a body in bytes; null when it is unknown. workerd shows it to `util.inspect` under
 * an undocumented symbol. Without the symbol, bodies are read chunk by chunk.
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
