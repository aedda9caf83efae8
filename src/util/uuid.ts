/** Bytes as two digits; filled with the first id. */
const HEX: string[] = []

/** Random bytes for 256 ids: in Node, asking for each id's own costs more than the rest of the id. */
let pool = new Uint8Array(0)
let used = 0
/** The text of the last time: a storm has many ids in one ms. */
let last = -1
let prefix = ''

function refill(): void {
  if (HEX.length === 0) for (let n = 0; n < 256; n++) HEX.push(n.toString(16).padStart(2, '0'))
  // Taken into use when it is filled: a draw may fail, as workerd's does while a module is loaded.
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
