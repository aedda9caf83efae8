export type Platform = 'workerd' | 'node' | 'deno' | 'bun' | 'unknown'

/** The runtime, recognised by the globals that each runtime documents. */
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
