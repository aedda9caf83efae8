import type { AlertRecord, ClaimDetails } from '../../alerts/engine.ts'
import type { Place } from '../../model/alert.ts'
import { OVERFLOW_PREFIX, PLACES_READ } from '../../model/limits.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { PLACE_LENGTH } from '../sql/_limits.ts'

/**
 * Titles of an overflow issue's newest occurrences, and the places of any issue, by the rules of
 * `sql/_claim.ts`.
 * @param rows occurrences of the alert's issue, newest first
 */
export function detailsOf(
  { fingerprint, reason }: AlertRecord,
  rows: readonly Occurrence[],
): Omit<ClaimDetails, 'history'> {
  const titles = fingerprint.startsWith(OVERFLOW_PREFIX) ? rows.map(({ title }) => title) : []
  const newest = [...new Set(titles.slice(0, 20))].slice(0, 5)
  const places = reason === 'every' ? [] : rows.slice(0, PLACES_READ).map(placeOf)
  const distinct = new Map(places.map((place) => [JSON.stringify(place), place]))
  return { newest, places: [...distinct.values()] }
}

function placeOf({ method, route, path }: Occurrence): Place {
  return route === null
    ? { method, route, path: start(path) }
    : { method, route: start(route), path: null }
}

/** The first characters of a text. As SQLite does, it counts code points. */
function start(text: string): string {
  return Array.from(text).slice(0, PLACE_LENGTH).join('')
}
