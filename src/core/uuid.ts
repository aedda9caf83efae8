const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

/** Random bytes for 256 ids: in Node, asking for each id's own costs more than the rest of the id. */
const pool = new Uint8Array(256 * 10)
let used = pool.length
/** The text of the last time: a storm has many ids in one ms. */
let last = -1
let prefix = ''

/** UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix ms, then 74 random bits. */
export function uuidv7(now: number): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
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
