const encoder = new TextEncoder()
// Made at the first use and kept: in workerd, to make a decoder takes 5 times as long as to decode
// 200 bytes. Node without ICU refuses to make a strict one.
let strict: TextDecoder | undefined
let strictWithBom: TextDecoder | undefined

/** The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes, without a BOM. Throws for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  strict ??= new TextDecoder('utf-8', { fatal: true })
  return strict.decode(bytes)
}

/** As `decodeUtf8`, with the BOM. */
export function decodeWithBom(bytes: Uint8Array): string {
  strictWithBom ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return strictWithBom.decode(bytes)
}
