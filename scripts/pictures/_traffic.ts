import type { Hono } from 'hono'
import type { Occurrence, QueuedOccurrence, Store } from 'klaxon'
import { uuidv7 } from '../../src/util/uuid.ts'
import type { Installed } from './_shop.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

const HOURS = 336
/** Occurrences of one write. */
const BATCH = 100

export const SETUP = {
  log: false,
  environment: 'production',
  service: 'shop',
  trustProxy: 1,
} as const
export const RELEASES = ['r5-1c9e204', 'r6-77ab310', 'r7-4f2a91c'] as const
/** Hours ago at which each release went out. */
const RELEASED = [HOURS, 122, 4]

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0',
  'Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/151.0 Safari/537.36',
  'Mozilla/5.0 (iPhone) AppleWebKit/605.1 Version/20.0 Mobile Safari/604.1',
]
const CUSTOMERS = ['42', '7', '99', '1']
const EDGES = [
  ['FRA', 'DE'],
  ['FRA', 'DE'],
  ['FRA', 'AT'],
  ['LHR', 'GB'],
  ['IAD', 'US'],
] as const

/** A request of the shop, and how many of it fail in the hour that lies so many hours back. */
export interface Flow {
  method: string
  path: string
  perHour(hoursAgo: number): number
}

/** A number from 0 up to 1, the same in each run. */
const noise = (hoursAgo: number, seed: number): number =>
  Math.abs(Math.sin(hoursAgo * 12.9898 + seed * 78.233) * 43_758.5453) % 1

/** A day of a shop: quiet nights. */
const day = (hoursAgo: number): number => 0.6 - 0.5 * Math.cos((hoursAgo / 12) * Math.PI)

const steady =
  (most: number, seed: number) =>
  (ago: number): number =>
    Math.round(most * day(ago) * (0.5 + noise(ago, seed)))
/** Nothing, but for some hours around a bad one. */
const around =
  (bad: number, most: number) =>
  (ago: number): number =>
    Math.max(0, Math.round(most * (1 - Math.abs(ago - bad) / 9)))

export const CHECKOUT: Flow = {
  method: 'POST',
  path: '/api/checkout/c_81?coupon=TEA&sku=AB-7',
  perHour: (ago) => [0, 340, 260, 90][ago] ?? 0,
}
export const OTHERS: readonly Flow[] = [
  { method: 'GET', path: '/api/inventory/AB-7', perHour: around(96, 160) },
  { method: 'POST', path: '/api/pay', perHour: steady(6, 1) },
  { method: 'POST', path: '/api/users', perHour: steady(14, 2) },
  { method: 'GET', path: '/api/me', perHour: steady(9, 3) },
  { method: 'GET', path: '/api/export', perHour: (ago) => (noise(ago, 5) > 0.94 ? 1 : 0) },
  { method: 'GET', path: '/wp-login.php', perHour: (ago) => (noise(ago, 4) > 0.93 ? 60 : 0) },
  { method: 'GET', path: '/api/rates', perHour: around(210, 40) },
]

/** A request as a customer's browser sends it. */
export function requestOf({ method, path }: Flow, nth: number): Request {
  const headers = {
    'user-agent': AGENTS[nth % 3]!,
    'x-customer': CUSTOMERS[nth % 4]!,
    'x-forwarded-for': `203.0.113.${7 + nth}`,
  }
  return new Request(`https://shop.example${path}`, { method, headers })
}

/** Fails flows in the shop, and writes what klaxon made of it into the fourteen days before now. */
export async function writePast(
  shop: Hono,
  store: Store,
  { flows, installed }: { flows: readonly Flow[]; installed: Installed },
): Promise<void> {
  const now = Date.now()
  const past: QueuedOccurrence[] = []
  for (const flow of flows) {
    const made = await failuresOf(shop, flow, installed)
    for (let ago = HOURS - 1; ago >= 0; ago--) {
      const count = flow.perHour(ago)
      // A row for some of them, and all of them counted.
      const rows = Math.min(count, ago < 24 ? 8 : 1)
      for (let nth = 0; nth < rows; nth++) {
        const at = now - ago * HOUR_MS - Math.round((nth + 0.3) * (HOUR_MS / (rows + 1)))
        const occurrence = moved(made[(ago + nth) % made.length]!, at, ago + nth)
        past.push({ occurrence, count: nth === 0 ? count - rows + 1 : 1, row: true })
      }
    }
  }
  past.sort((a, b) => a.occurrence.occurredAt - b.occurrence.occurredAt)
  const policy = { every: false, cooldownMs: 300_000, milestones: [10, 100, 1_000], perMinute: 10 }
  for (let at = 0; at < past.length; at += BATCH)
    await store.write({
      attempt: uuidv7(now),
      now,
      occurrences: past.slice(at, at + BATCH),
      policy,
      channels: [],
    })
}

async function failuresOf(
  shop: Hono,
  flow: Flow,
  { klaxon, memory }: Installed,
): Promise<Occurrence[]> {
  const store = memory.memory()
  const recorder = klaxon.createKlaxon({ ...SETUP, store, release: RELEASES[2] })
  const wrapped = recorder.wrap(shop)
  for (let nth = 0; nth < 12; nth++) await wrapped.request(requestOf(flow, nth))
  await recorder.flush()
  return store.occurrences({ limit: 12 })
}

function moved(occurrence: Occurrence, at: number, nth: number): Occurrence {
  const hoursAgo = (Date.now() - at) / HOUR_MS
  const release = RELEASES[RELEASED.findLastIndex((since) => hoursAgo < since)] ?? RELEASES[0]
  const [colo, country] = EDGES[nth % EDGES.length]!
  const edge = { colo, country, runtime: 'workerd' }
  return { ...occurrence, id: uuidv7(at), occurredAt: at, release, ...edge }
}
