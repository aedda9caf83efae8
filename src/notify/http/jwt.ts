import { fromBase64, toBase64, utf8 } from '../webhook/_hmac.ts'

/** ms before its end at which an access token is replaced. Tokens are valid for an hour. */
export const TOKEN_MARGIN_MS = 300_000

/** What PKCS#8 (RFC 5208) puts before an RSA key of PKCS#1: version, and the algorithm's name. */
const RSA_PREFIX = [0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]
const RSA_SUFFIX = [0x01, 0x01, 0x01, 0x05, 0x00]
const SEQUENCE = 0x30
const OCTET_STRING = 0x04

/**
 * Signs a JWT with RS256 (RFC 7515 and RFC 7518 section 3.3). WebCrypto is enough for one algorithm
 * and one key, so no JOSE library is needed.
 * @param key the key in PKCS#8
 */
export async function signJwt(
  key: Uint8Array<ArrayBuffer>,
  claims: Record<string, unknown>,
): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('pkcs8', key, algorithm, false, ['sign'])
  const part = (value: unknown) => base64url(utf8(JSON.stringify(value)))
  const content = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  const signature = await crypto.subtle.sign(algorithm.name, imported, utf8(content))
  return `${content}.${base64url(new Uint8Array(signature))}`
}

function base64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * The bytes of a private RSA key in PEM form (RFC 7468), as PKCS#8; undefined for anything else.
 * Environment variables often turn a line end into the two characters `\n`.
 */
export function rsaKeyOf(pem: string): Uint8Array<ArrayBuffer> | undefined {
  const [, kind, inner] =
    /-----BEGIN (RSA )?PRIVATE KEY-----([\s\S]+?)-----END (?:RSA )?PRIVATE KEY-----/.exec(
      pem.replaceAll('\\n', '\n'),
    ) ?? []
  const bytes = inner === undefined ? undefined : fromBase64(inner.replace(/\s+/g, ''))
  return bytes === undefined || kind === undefined ? bytes : toPkcs8(bytes)
}

/** WebCrypto takes PKCS#8 alone. */
function toPkcs8(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const key = element(OCTET_STRING, [...pkcs1])
  return new Uint8Array(element(SEQUENCE, [...RSA_PREFIX, ...RSA_SUFFIX, ...key]))
}

/** An element of DER (X.690 section 8.1). */
function element(tag: number, content: readonly number[]): number[] {
  const { length } = content
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff]
  return [tag, ...size, ...content]
}
