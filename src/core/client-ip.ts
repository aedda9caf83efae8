export interface ClientIpOptions {
  platform: 'workerd' | 'node' | 'deno' | 'bun' | 'unknown'
  /** Which `X-Forwarded-For` hop to believe, counted from the right; 0 or undefined believes none. */
  trustProxy?: number
}

/** What hosts hand to a fetch handler beside the request; every member belongs to one of them. */
interface HostArgument {
  /** `Deno.serve`: https://docs.deno.com/api/deno/~/Deno.ServeHandlerInfo */
  remoteAddr?: { hostname?: unknown }
  /** `Bun.serve`: https://bun.com/docs/runtime/http/server#server-requestip-request */
  requestIP?: (request: Request) => { address?: unknown } | null
  /** Bun's server as Hono passes it on. */
  server?: HostArgument
  /** `@hono/node-server`: the `IncomingMessage`. */
  incoming?: { socket?: { remoteAddress?: unknown } }
}

/**
 * The client's address as the platform vouches for it, canonical, or null. Never a header that a client can
 * write: `cf-connecting-ip` only on Workers, `X-Forwarded-For` only as far as `trustProxy` says. Never throws.
 */
export function clientIp(
  request: Request,
  second: unknown,
  options: ClientIpOptions,
): string | null {
  try {
    const hop = options.trustProxy ? forwarded(request.headers, options.trustProxy) : undefined
    if (hop !== undefined) return canonicalIp(hop)
    if (options.platform === 'workerd') return canonicalIp(request.headers.get('cf-connecting-ip'))
    // srvx sets `request.ip`: https://srvx.h3.dev/guide/handler
    return (
      canonicalIp((request as { ip?: unknown }).ip) ??
      canonicalIp(socketAddress(request, second as HostArgument))
    )
  } catch {
    // A host's getters may throw; an address is never worth a failure.
    return null
  }
}

/** The n-th hop from the right; undefined when the request came over fewer proxies than that. */
function forwarded(headers: Headers, n: number): string | undefined {
  return headers.get('x-forwarded-for')?.split(',').at(-n)
}

function socketAddress(request: Request, host: HostArgument | null | undefined): unknown {
  if (host == null) return null
  const bun = typeof host.requestIP === 'function' ? host : host.server
  return (
    host.remoteAddr?.hostname ??
    host.incoming?.socket?.remoteAddress ??
    (typeof bun?.requestIP === 'function' ? bun.requestIP(request)?.address : null)
  )
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
/** Four decimal octets without leading zeros, perhaps with a port. */
const V4 = new RegExp(`^((?:(?!0\\d)${OCTET}\\.){3}(?!0\\d)${OCTET})(?::\\d{1,5})?$`)
/** Bare, with a zone (RFC 4007), or in brackets with a port. */
const V6 =
  /^(\[)?([\da-f:]{2,39}|[\da-f:]{2,30}[\d.]{7,15})(?:%[\w.~-]{1,32})?(?:\](?::\d{1,5})?)?$/i
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/

/**
 * The one spelling of an address (RFC 5952), an IPv4-mapped one as IPv4, without port and zone.
 * null for everything that is not an address.
 */
export function canonicalIp(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 96) return null
  const s = value.trim()
  const v4 = V4.exec(s)
  if (v4) return v4[1]!
  const v6 = V6.exec(s)
  if (!v6 || (v6[1] === '[') !== s.includes(']')) return null
  // The URL parser of the platform is the strictest IPv6 parser at hand and serialises as RFC 5952 asks.
  const url = `http://[${v6[2]}]/`
  if (!URL.canParse(url)) return null
  const address = new URL(url).hostname.slice(1, -1)
  const mapped = MAPPED.exec(address)
  if (!mapped) return address
  const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
