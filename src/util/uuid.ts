/** A UUID of any version, as text. */
export const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** Each byte as two hex digits. Filled when the first id is made. */
const HEX: string[] = []

/**
 * Random bytes for 256 ids. In Node, a call for each id costs more than the rest of the id.
 */
let pool = new Uint8Array(0)
let used = 0
/** The last ms and its text. A storm makes many ids in one ms. */
let last = -1
let prefix = ''

function refill(): void {
  if (HEX.length === 0) for (let n = 0; n < 256; n++) HEX.push(n.toString(16).padStart(2, '0'))
  // The pool changes only after the draw: workerd throws when it runs while a module loads.
  const next = pool.length > 0 ? pool : new Uint8Array(256 * 10)
  crypto.getRandomValues(next)
  pool = next
  used = 0
}

/** UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix ms, then 74 random bits. */
export function uuidv7(now: number): string {
  if (used === pool.length) refill()
  if (now !== last) {
    last = now
    const time = Math.floor(now).toString(16).padStart(12, '0')
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-`
  }
  const byte = (): number => pool[used++]!
  const version = HEX[0x70 | (byte() & 0x0f)]! + HEX[byte()]
  const variant = HEX[0x80 | (byte() & 0x3f)]! + HEX[byte()]
  let node = ''
  for (let i = 0; i < 6; i++) node += HEX[byte()]
  return `${prefix}${version}-${variant}-${node}`
}
