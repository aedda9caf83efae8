/**
 * The state of a light response in @hono/node-server. Some hosts keep the parts of a response, and
 * build a real one when more than its status is read, which costs several times as much. The
 * functions below read the parts without that: from the symbol `cache` of @hono/node-server, and
 * `response` of Deno. Neither symbol is documented. Without them, or with other contents, the
 * result is "unknown".
 */
type Cache = readonly [status: number, body: unknown, headers: unknown]

interface Inner {
  headerList?: unknown
  body?: { streamOrStatic?: { body?: unknown; consumed?: unknown } } | null
}

let cacheKey: symbol | undefined
let innerKey: symbol | undefined

/**
 * Looks in vain after which responses with the same prototype are no longer looked at. Most hosts
 * have no such symbol.
 */
const MAX_LOOKS = 1_000
let looks = 0
let looked: unknown

/** The parts that node-server keeps; undefined when the response has been built. */
function cacheOf(response: Response): Cache | undefined {
  findKeys(response)
  const cache = cacheKey && (response as unknown as Record<symbol, unknown>)[cacheKey]
  return Array.isArray(cache) && cache.length === 3 ? (cache as unknown as Cache) : undefined
}

/**
 * Deno's inner response; undefined until more than the status has been read. Each caller has asked
 * `cacheOf` before, which looks for the symbols.
 */
function innerOf(response: Response): Inner | undefined {
  return innerKey && (response as unknown as Record<symbol, Inner | undefined>)[innerKey]
}

function findKeys(response: Response): void {
  if (cacheKey !== undefined || innerKey !== undefined) return
  const prototype: unknown = Object.getPrototypeOf(response)
  if (prototype !== looked) looks = 0
  if (looks === MAX_LOOKS) return
  looked = prototype
  looks++
  for (const each of Object.getOwnPropertySymbols(response)) {
    if (each.description === 'cache') cacheKey = each
    else if (each.description === 'response') innerKey = each
  }
}

export function hasNullBody(response: Response): boolean {
  const cache = cacheOf(response)
  return cache === undefined ? response.body === null : cache[1] === null
}

/** Whether the body is unread. */
export function isUnread(response: Response): boolean {
  return cacheOf(response) !== undefined || !response.bodyUsed
}

/** The text of the body; null when it is unknown or already read. */
export function knownText(response: Response): string | null {
  const body = cacheOf(response)?.[1] ?? staticBody(response)
  return typeof body === 'string' ? body : null
}

/** The text that Deno keeps of an unread body. */
function staticBody(response: Response): unknown {
  const held = innerOf(response)?.body?.streamOrStatic
  return held?.consumed === false ? held.body : undefined
}

/** The content type, when the response is known to have no other header; else undefined. */
export function onlyType(response: Response): string | undefined {
  const headers = cacheOf(response)?.[2]
  if (headers === null || typeof headers !== 'object') return undefined
  if (Object.getPrototypeOf(headers) !== Object.prototype) return undefined
  let type: string | undefined
  for (const name in headers) {
    const value = (headers as Record<string, unknown>)[name]
    if (type !== undefined || name.toLowerCase() !== 'content-type') return undefined
    if (typeof value !== 'string') return undefined
    type = value
  }
  return type
}

/** Whether the content type is the only header, and `isFit` accepts it. */
export function hasOnlyType(response: Response, isFit: (type: string) => boolean): boolean {
  const only = onlyType(response)
  if (only !== undefined) return isFit(only)
  let isThere = false
  for (const [name, value] of headersOf(response)) {
    if (name.toLowerCase() !== 'content-type' || !isFit(value)) return false
    isThere = true
  }
  return isThere
}

/**
 * The headers. Deno's inner list is read, because iterating the headers costs five times as much.
 */
function headersOf(response: Response): Iterable<readonly [string, string]> {
  const inner = innerOf(response)
  return inner?.body && Array.isArray(inner.headerList) ? inner.headerList : response.headers
}

/** The content type. It makes no `Headers` when the type is known. */
export function typeOf(response: Response): string | null {
  return onlyType(response) ?? response.headers.get('content-type')
}
