/** What klaxon reads of a request without touching its body. */
export interface RequestFacts {
  method: string
  path: string
  query: string
  host: string | null
  userAgent: string | null
  requestId: string | null
  traceId: string | null
  colo: string | null
  country: string | null
}

/** `version-traceid-parentid-flags`, https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

function traceId(header: string | undefined): string | null {
  const id = header === undefined ? undefined : TRACEPARENT.exec(header)?.[1]
  return id === undefined || /^0+$/.test(id) ? null : id
}

interface CfProperties {
  colo?: unknown
  country?: unknown
}

/** The path of an absolute URL, without parsing it: the happy path reads nothing else. */
export function pathOf(url: string): string {
  const scheme = url.indexOf('://')
  const start = url.indexOf('/', scheme === -1 ? 0 : scheme + 3)
  if (start === -1) return '/'
  for (let i = start; i < url.length; i++) {
    const c = url.charCodeAt(i)
    if (c === 0x3f || c === 0x23) return url.slice(start, i)
  }
  return url.slice(start)
}

/** Of a URL, without parsing it: its query with the question mark, and its host without a user name. */
const QUERY = /^[^?#]*(\?[^#]*)/
const HOST = /:\/\/(?:[^/?#]*@)?([^/?#]*)/

/** @param headers those of the allow-list: a read of the host's costs as much as all else here */
export function requestFacts(request: Request, headers: Record<string, string>): RequestFacts {
  const { url } = request
  const cf = (request as { cf?: CfProperties | null }).cf
  return {
    method: request.method,
    path: pathOf(url),
    query: QUERY.exec(url)?.[1] ?? '',
    host: HOST.exec(url)?.[1] ?? null,
    userAgent: headers['user-agent'] ?? null,
    requestId: headers['x-request-id'] ?? headers['cf-ray'] ?? null,
    traceId: traceId(headers['traceparent']),
    colo: typeof cf?.colo === 'string' ? cf.colo : null,
    country: typeof cf?.country === 'string' ? cf.country : null,
  }
}

export type Platform = 'workerd' | 'node' | 'deno' | 'bun' | 'unknown'

/** Which runtime this is, by what each documents about itself. */
export function platform(): Platform {
  const scope = globalThis as {
    navigator?: { userAgent?: string }
    Deno?: unknown
    Bun?: unknown
    process?: { versions?: { node?: string } }
  }
  if (scope.navigator?.userAgent === 'Cloudflare-Workers') return 'workerd'
  if (scope.Deno !== undefined) return 'deno'
  if (scope.Bun !== undefined) return 'bun'
  return scope.process?.versions?.node === undefined ? 'unknown' : 'node'
}
