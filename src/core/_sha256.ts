/**
 * SHA-256 (FIPS 180-4), synchronous: `crypto.subtle` is not. Cryptographic on purpose: messages and paths are
 * an attacker's to choose, and with a plain hash one error could be made to vanish in another one's muted issue.
 */
const encoder = new TextEncoder()
const INITIAL: number[] = []
const K: number[] = []

// FIPS 180-4, 4.2.2 and 5.3.3: the fractional parts of the square and cube roots of the first primes.
for (let candidate = 2; K.length < 64; candidate++) {
  let divisor = 2
  while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++
  if (divisor * divisor <= candidate) continue
  if (INITIAL.length < 8) INITIAL.push((candidate ** 0.5 * 2 ** 32) | 0)
  K.push((Math.cbrt(candidate) * 2 ** 32) | 0)
}

const W = new Int32Array(64)

function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n))
}

function compress(state: number[], view: DataView, offset: number): void {
  for (let t = 0; t < 64; t++) {
    if (t < 16) {
      W[t] = view.getInt32(offset + t * 4)
      continue
    }
    const x = W[t - 15]!
    const y = W[t - 2]!
    W[t] =
      (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)) +
      W[t - 7]! +
      (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) +
      W[t - 16]!
  }
  let [a, b, c, d, e, f, g, h] = state as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  for (let t = 0; t < 64; t++) {
    const one =
      (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + W[t]!) |
      0
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  const next = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = (state[i]! + next[i]!) | 0
}

/** The first `words` 32-bit words of the digest in hex; 4 are 128 bits. */
export function sha256(text: string, words = 8): string {
  const bytes = encoder.encode(text)
  const view = new DataView(new ArrayBuffer((((bytes.length + 8) >> 6) + 1) << 6))
  new Uint8Array(view.buffer).set(bytes)
  view.setUint8(bytes.length, 0x80)
  view.setUint32(view.byteLength - 4, bytes.length * 8)
  const state = [...INITIAL]
  for (let offset = 0; offset < view.byteLength; offset += 64) compress(state, view, offset)
  return state
    .slice(0, words)
    .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .join('')
}
