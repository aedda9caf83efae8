import { effectiveStatus } from '../model/issue.ts'
import { OVERFLOW_PREFIX } from '../model/limits.ts'
import type { Occurrence } from '../model/occurrence.ts'
import { sha256 } from '../util/sha256.ts'

/** Classes of issues with a cap of their own, by how freely a client can create issues. */
export type CapClass = 'browser' | '4xx' | '5xx'

/** New issues of one class per UTC day, service and environment. */
export const CLASS_CAPS: Readonly<Record<CapClass, number>> = {
  browser: 100,
  '4xx': 300,
  '5xx': 1_000,
}

/**
 * New issues of one class at one route or event per UTC day. Issues without a route share one cap.
 */
const PLACE_CAP = 100

/** Methods of occurrences that are events and not requests. */
export const EVENT_METHODS = ['SCHEDULED', 'QUEUE', 'EMAIL', 'TAIL', 'REPORT'] as const

/**
 * New issues of one of these statuses without a route, per UTC day. Only the path tells them apart,
 * and a client chooses it.
 */
const PATH_CAP = 20
/** Statuses whose issues without a route are told apart by path. */
export const BY_PATH = [400, 401, 403] as const

/**
 * The caps that apply to a new issue, and the overflow issues that take its occurrences above a
 * cap.
 */
export interface Caps {
  class: CapClass
  /** The route, the event, `*` and a status, or empty. */
  place: string
  placeCap: number
  /** Fingerprints of the overflow issues. */
  placeOverflow: string
  classOverflow: string
}

const CLASS_NAMES: Record<CapClass, string> = {
  browser: 'reported by browsers',
  '4xx': 'with statuses below 500',
  '5xx': 'of throws and 5xx',
}

/** The cap class of an occurrence. */
export function classOf(o: Pick<Occurrence, 'kind' | 'status'>): CapClass {
  if (o.kind === 'browser') return 'browser'
  const status = effectiveStatus(o)
  return status < 500 ? '4xx' : '5xx'
}

/** The route; the event; `*` and the status when only the path tells issues apart; else empty. */
export function placeOf({ route, kind, status, method }: Placed): string {
  if (route !== null) return route
  if (kind === 'status' && BY_PATH.some((each) => each === status)) return `*${status}`
  return EVENT_METHODS.some((event) => event === method) ? method : ''
}

type Placed = Pick<Occurrence, 'route' | 'kind' | 'status' | 'method'>
type Capped = Pick<
  Occurrence,
  'kind' | 'status' | 'route' | 'method' | 'service' | 'environment' | 'fingerprint'
>

/** The caps that apply to an occurrence's issue. */
export function capsOf(o: Capped): Caps {
  const capClass = classOf(o)
  const place = placeOf(o)
  const scope = JSON.stringify([o.service, o.environment, capClass])
  return {
    class: capClass,
    place,
    placeCap: place.startsWith('*') && o.route === null ? PATH_CAP : PLACE_CAP,
    placeOverflow: `${OVERFLOW_PREFIX}${sha256(scope + place).slice(0, 24)}`,
    classOverflow: `${OVERFLOW_PREFIX}${capClass}:${sha256(scope).slice(0, 16)}`,
  }
}

const NO_ROUTE = 'without a route'

function adviceFor(place: string): string {
  return `with status ${place.slice(1)} ${NO_ROUTE}: set the option route`
}

/** Titles of the two overflow issues. */
export function overflowTitles({
  class: capClass,
  place,
  placeCap,
}: Caps): [ofPlace: string, ofClass: string] {
  const where = placeCap === PATH_CAP ? adviceFor(place) : place === '' ? NO_ROUTE : `at ${place}`
  const what = CLASS_NAMES[capClass]
  return [
    `More than ${placeCap} new issues today ${where}`,
    `More than ${CLASS_CAPS[capClass]} new issues today ${what}`,
  ]
}
