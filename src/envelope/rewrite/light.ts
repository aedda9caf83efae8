/**
 * The state of a light response in @hono/node-server. Some hosts keep the parts of a response, and
 * build a real one when more than its status is read, which costs several times as much. The
 * functions below read the parts without that: from the symbol `cache` of @hono/node-server, and
 * `response`, `lazy static …` and `serve fast consumed` of Deno. No symbol is documented.
 * Without them, or with other contents, the result is "unknown".
 */
type Cache = readonly [status: number, body: unknown, headers: unknown]

interface Inner {
  headerList?: unknown
  body?: { streamOrStatic?: { body?: unknown; consumed?: unknown } } | null
}

let cacheKey: symbol | undefined
let innerKey: symbol | undefined
let lazyBodyKey: symbol | undefined
let lazyTypeKey: symbol | undefined
let servedKey: symbol | undefined

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
  const cache = partAt(response, cacheKey)
  return Array.isArray(cache) && cache.length === 3 ? (cache as unknown as Cache) : undefined
}

/**
 * Deno's inner response; undefined until more than the status has been read. `cacheOf`
 * must have been asked before, because it looks for the symbols.
 */
function innerOf(response: Response): Inner | undefined {
  return partAt(response, innerKey) as Inner | undefined
}

/** The text of a response in Deno that nobody has looked into, nor sent. As for `innerOf`. */
function lazyText(response: Response): string | null {
  const text = partAt(response, lazyBodyKey)
  return typeof text === 'string' && partAt(response, servedKey) !== true ? text : null
}

function partAt(response: Response, key: symbol | undefined): unknown {
  return key && (response as unknown as Record<symbol, unknown>)[key]
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
    else if (each.description === 'lazy static body') lazyBodyKey = each
    else if (each.description === 'lazy static content type') lazyTypeKey = each
    else if (each.description === 'serve fast consumed') servedKey = each
  }
}

export function hasNullBody(response: Response): boolean {
  const cache = cacheOf(response)
  return cache === undefined ? response.body === null : cache[1] === null
}

/** Whether the body is unread. */
export function isUnread(response: Response): boolean {
  return knownText(response) !== null || cacheOf(response) !== undefined || !response.bodyUsed
}

/** The text of the body; null when it is unknown or already read. */
export function knownText(response: Response): string | null {
  const body = cacheOf(response)?.[1] ?? lazyText(response) ?? staticBody(response)
  return typeof body === 'string' ? body : null
}

/** The text that Deno keeps of an unread body. */
function staticBody(response: Response): unknown {
  const held = innerOf(response)?.body?.streamOrStatic
  return held?.consumed === false ? held.body : undefined
}

/** The content type, when the response is known to have no other header; else undefined. */
export function onlyType(response: Response): string | undefined {
  const cache = cacheOf(response)
  return cache === undefined ? onlyTypeInDeno(response) : typeIn(cache[2])
}

/** As `onlyType`. In Deno a status and a `statusText` can be read at no cost as well. */
export function onlyTypeInDeno(response: Response): string | undefined {
  // Deno has it there until the headers are looked at, when it is the only one.
  const lazyType = partAt(response, lazyTypeKey)
  if (typeof lazyType === 'string') return lazyType
  const list = headerList(response)
  return list?.length === 1 && list[0]![0].toLowerCase() === 'content-type'
    ? list[0]![1]
    : undefined
}

/** The content type in the headers that node-server was given; undefined beside other headers. */
function typeIn(headers: unknown): string | undefined {
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

/** The content type when it is the only header; else null. It may read all headers. */
export function soleType(response: Response): string | null {
  const only = onlyType(response)
  if (only !== undefined) return only
  let type: string | null = null
  for (const [name, value] of headerList(response) ?? response.headers) {
    if (type !== null || name.toLowerCase() !== 'content-type') return null
    type = value
  }
  return type
}

/** Deno's inner list of headers. Iterating `headers` costs five times as much. */
function headerList(response: Response): (readonly [string, string])[] | undefined {
  const inner = innerOf(response)
  return inner?.body && Array.isArray(inner.headerList) ? inner.headerList : undefined
}

/** The content type. It makes no `Headers` when the type is known. */
export function typeOf(response: Response): string | null {
  return onlyType(response) ?? response.headers.get('content-type')
}
