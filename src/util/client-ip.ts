export interface ClientIpOptions {
  platform: 'workerd' | 'node' | 'deno' | 'bun' | 'unknown'
  /**
   * Which `X-Forwarded-For` hop to believe, counted from the right; 0 or undefined believes none.
   */
  trustProxy?: number | undefined
}

/** The second argument that hosts pass to a fetch handler. Each member belongs to one host. */
interface HostArgument {
  /** `Deno.serve`: https://docs.deno.com/api/deno/~/Deno.ServeHandlerInfo */
  remoteAddr?: { hostname?: unknown }
  /** `Bun.serve`: https://bun.com/docs/runtime/http/server#server-requestip-request */
  requestIP?: (request: Request) => { address?: unknown } | null
  /** Bun's server as Hono's bindings carry it. */
  server?: HostArgument
  /** `@hono/node-server`: the `IncomingMessage`. */
  incoming?: { socket?: { remoteAddress?: unknown } }
}

/**
 * The client's canonical address, from what the platform vouches for; null when it is unknown. A
 * client can write headers, so `cf-connecting-ip` counts on Workers alone, and `X-Forwarded-For` up
 * to the hop that `trustProxy` names. Never throws.
 */
export function clientIp(
  request: Request,
  hostArgument: unknown,
  { platform, trustProxy }: ClientIpOptions,
): string | null {
  try {
    // Fewer hops than `trustProxy`: a proxy was bypassed, so use the socket's address.
    const hop = trustProxy && request.headers.get('x-forwarded-for')?.split(',').at(-trustProxy)
    if (hop) return canonicalIp(hop)
    if (platform === 'workerd') return canonicalIp(request.headers.get('cf-connecting-ip'))
    const host = hostArgument as HostArgument | null | undefined
    const bun = host?.requestIP ? host : host?.server
    return canonicalIp(
      // srvx: https://srvx.h3.dev/guide/handler
      (request as { ip?: unknown }).ip ??
        host?.remoteAddr?.hostname ??
        host?.incoming?.socket?.remoteAddress ??
        bun?.requestIP?.(request)?.address,
    )
  } catch {
    // A host's getters may throw. An address is not worth a failed request.
    return null
  }
}

/**
 * `1.2.3.4`, perhaps with a port; RFC 4291 text, perhaps with a zone (RFC 4007), or in brackets
 * with a port.
 */
const IP_ADDRESS =
  /^(?:((?:\d{1,3}\.){3}\d{1,3})(?::\d{1,5})?|(?:\[([\da-f:.]+)(?:%[\w.-]+)?\](?::\d{1,5})?|([\da-f:.]+)(?:%[\w.-]+)?))$/i
const MAPPED = /^::ffff:([\da-f]+):([\da-f]+)$/

/**
 * The canonical spelling of an address (RFC 5952), without port and zone. An IPv4-mapped address
 * becomes IPv4. null for everything that is not an address.
 */
export function canonicalIp(value: unknown): string | null {
  const match = typeof value === 'string' && value.length < 99 && IP_ADDRESS.exec(value.trim())
  if (!match) return null
  const [, v4, bracketed, bare] = match
  if (v4) return v4.split('.').every((n) => Number(n) < 256 && String(Number(n)) === n) ? v4 : null
  // The platform's URL parser is the strictest IPv6 parser at hand and serialises as RFC 5952 asks.
  const url = `http://[${bracketed ?? bare}]`
  if (!URL.canParse(url)) return null
  const address = new URL(url).hostname.slice(1, -1)
  return address.replace(MAPPED, (_, high: string, low: string) =>
    [high, low].flatMap((hex) => [parseInt(hex, 16) >> 8, parseInt(hex, 16) & 255]).join('.'),
  )
}
