import { MINUTE_MS } from '../util/time-units.ts'

/** Clients whose reports are counted. Beyond it, the oldest one is dropped. */
const MAX_CLIENTS = 1_000
/** Share of a minute's reports that one client may send. */
const CLIENT_SHARE = 0.25

/**
 * Makes a rate limit.
 * @returns a function that counts a report, and says whether it may be taken
 */
export function createRate(perMinute: number): (client: string | null, now: number) => boolean {
  const perClient = Math.max(1, Math.ceil(perMinute * CLIENT_SHARE))
  const byClient = new Map<string, number>()
  let minute = 0
  let taken = 0

  return (client, now) => {
    const current = Math.floor(now / MINUTE_MS)
    if (current !== minute) {
      minute = current
      taken = 0
      byClient.clear()
    }
    // All clients without an address count as one.
    const key = client ?? ''
    const count = (byClient.get(key) ?? 0) + 1
    byClient.set(key, count)
    if (byClient.size > MAX_CLIENTS) byClient.delete(byClient.keys().next().value!)
    return count <= perClient && ++taken <= perMinute
  }
}
