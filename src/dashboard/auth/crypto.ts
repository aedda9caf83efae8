const encoder = new TextEncoder()
const keys = new Map<string, Promise<CryptoKey>>()
const MAX_KEYS = 8

/**
 * HMAC-SHA-256 of a text in base64url, under a key that is derived from the secret for one purpose.
 */
export async function sign(secret: string, purpose: string, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(secret, purpose), encoder.encode(text))
  return toBase64Url(new Uint8Array(mac))
}

/** Whether two texts are equal. The time does not depend on where they differ. */
export async function areEqual(secret: string, one: string, two: string): Promise<boolean> {
  const [a, b] = await Promise.all([sign(secret, 'compare', one), sign(secret, 'compare', two)])
  // Both are digests, so their lengths are equal.
  return (
    a.split('').reduce((sum, char, at) => sum | (char.charCodeAt(0) ^ b.charCodeAt(at)), 0) === 0
  )
}

async function keyFor(secret: string, purpose: string): Promise<CryptoKey> {
  const id = `${purpose} ${secret}`
  let key = keys.get(id)
  if (key === undefined) {
    key = derive(secret, purpose)
    if (keys.size >= MAX_KEYS) keys.clear()
    keys.set(id, key)
  }
  return key
}

async function derive(secret: string, purpose: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const root = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ])
  const bytes = await crypto.subtle.sign(
    'HMAC',
    root,
    encoder.encode(`klaxon dashboard ${purpose}`),
  )
  return crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
