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

/** @param headers those of the allow-list: a read of the host's costs as much as all else here */
export function requestFacts(request: Request, headers: Record<string, string>): RequestFacts {
  const { url } = request
  const path = pathOf(url)
  const at = url.indexOf('?')
  const hash = url.indexOf('#')
  const query =
    at === -1 || (hash !== -1 && hash < at) ? '' : url.slice(at, hash === -1 ? undefined : hash)
  const cf = (request as { cf?: CfProperties | null }).cf
  return {
    method: request.method,
    path,
    query,
    host: hostOf(url),
    userAgent: headers['user-agent'] ?? null,
    requestId: headers['x-request-id'] ?? headers['cf-ray'] ?? null,
    traceId: traceId(headers['traceparent']),
    colo: typeof cf?.colo === 'string' ? cf.colo : null,
    country: typeof cf?.country === 'string' ? cf.country : null,
  }
}

function hostOf(url: string): string | null {
  const scheme = url.indexOf('://')
  if (scheme === -1) return null
  const end = url.slice(scheme + 3).search(/[/?#]/)
  const authority = end === -1 ? url.slice(scheme + 3) : url.slice(scheme + 3, scheme + 3 + end)
  return authority.slice(authority.lastIndexOf('@') + 1)
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
