/**
 * SHA-256 (FIPS 180-4), synchronous, which `crypto.subtle` is not. Cryptographic on purpose: messages and paths
 * are an attacker's to choose, and with a plain hash one error could be made to vanish in another's muted issue.
 */
const INITIAL: number[] = []
const K: number[] = []

/**
 * FIPS 180-4, 4.2.2 and 5.3.3: fractional parts of the square and cube roots of the first primes. Not when the module is
 * loaded, where it would be most of the time that klaxon takes to start.
 */
function computeConstants(): void {
  for (let n = 2; K.length < 64; n++) {
    let divisor = 2
    while (n % divisor !== 0) divisor++
    if (divisor === n) {
      K.push((Math.cbrt(n) * 2 ** 32) | 0)
      INITIAL.push((Math.sqrt(n) * 2 ** 32) | 0)
    }
  }
}

type State = [number, number, number, number, number, number, number, number]

const w = new Int32Array(64)
const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

/** The digest of a text's UTF-8 in hex. */
export function sha256(text: string): string {
  if (K.length === 0) computeConstants()
  const bytes = new TextEncoder().encode(text)
  const view = new DataView(new ArrayBuffer(((bytes.length + 72) >> 6) * 64))
  new Uint8Array(view.buffer).set(bytes)
  view.setUint8(bytes.length, 0x80)
  view.setUint32(view.byteLength - 4, bytes.length * 8)
  let state = INITIAL.slice(0, 8) as State
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a, b, c, d, e, f, g, h] = state
    for (let t = 0; t < 64; t++) {
      const x = w[t - 15]!
      const y = w[t - 2]!
      w[t] =
        t < 16
          ? view.getInt32(block + t * 4)
          : (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)) +
            w[t - 7]! +
            (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) +
            w[t - 16]!
      const sum =
        h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + w[t]!
      const next =
        sum + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
      ;[a, b, c, d, e, f, g, h] = [next | 0, a, b, c, (d + sum) | 0, e, f, g]
    }
    state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]!) | 0) as State
  }
  return state.map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('')
}
