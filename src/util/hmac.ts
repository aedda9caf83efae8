import { sha256 } from './sha256.ts'

const BLOCK_BYTES = 64

/** HMAC-SHA256 (RFC 2104) in hex. It is synchronous; `crypto.subtle` is not. */
export function hmac(key: string, text: string): string {
  const encoder = new TextEncoder()
  let secret: Uint8Array = encoder.encode(key)
  if (secret.length > BLOCK_BYTES) secret = bytesOf(sha256(secret))
  const keyed = (pad: number, data: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(BLOCK_BYTES + data.length)
    for (let at = 0; at < BLOCK_BYTES; at++) bytes[at] = (secret[at] ?? 0) ^ pad
    bytes.set(data, BLOCK_BYTES)
    return bytes
  }
  return sha256(keyed(0x5c, bytesOf(sha256(keyed(0x36, encoder.encode(text))))))
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  )
}
