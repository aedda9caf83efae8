const bytes = new Uint8Array(16)
const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))
const hex = (from: number, to: number): string => {
  let text = ''
  for (let i = from; i < to; i++) text += HEX[bytes[i]!]
  return text
}

/** UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix ms, then 74 random bits. */
export function uuidv7(now: number): string {
  crypto.getRandomValues(bytes)
  bytes[0] = now / 2 ** 40
  bytes[1] = now / 2 ** 32
  bytes[2] = now / 2 ** 24
  bytes[3] = now / 2 ** 16
  bytes[4] = now / 2 ** 8
  bytes[5] = now
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return `${hex(0, 4)}-${hex(4, 6)}-${hex(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`
}
