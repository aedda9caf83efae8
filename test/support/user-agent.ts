import { vi } from 'vitest'

export const WORKERD = 'Cloudflare-Workers'
export const NODE = 'Node.js/24'

/**
 * Has modules that are imported from now on see this user agent; undefined for a host without a
 * `navigator`. Undo it with `vi.unstubAllGlobals()`.
 */
export function stubUserAgent(userAgent: string | undefined): void {
  vi.stubGlobal('navigator', userAgent === undefined ? undefined : { userAgent })
  vi.resetModules()
}

const LENGTH = Symbol('length')

/** Has streams show a length as workerd's do, to modules that are imported from now on. */
export function stubStreamLengths(): void {
  const Host = ReadableStream as new (source?: UnderlyingDefaultSource) => ReadableStream
  class Stream extends Host {}
  Object.defineProperties(Stream.prototype, {
    [Symbol('kind')]: { value: 1n },
    [LENGTH]: { value: undefined },
  })
  vi.stubGlobal('ReadableStream', Stream)
}

export function withLength<T extends ReadableStream>(stream: T, length: unknown): T {
  return Object.defineProperty(stream, LENGTH, { value: length })
}
