/**
 * SHA-256 (FIPS 180-4). It is synchronous; `crypto.subtle` is not. The hash must be cryptographic:
 * an attacker chooses messages and paths, and with a weaker hash could hide an error in another
 * error's muted issue.
 */
const INITIAL: number[] = []
const K: number[] = []

/**
 * FIPS 180-4, 4.2.2 and 5.3.3: fractional parts of the square and cube roots of the first primes.
 * Computed at the first use, because it would take most of klaxon's time to load.
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

/** The digest in hex, of a text's UTF-8 or of bytes. */
export function sha256(data: string | Uint8Array): string {
  if (K.length === 0) computeConstants()
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
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
