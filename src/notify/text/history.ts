import type { EarlierEvent, IssueAlert } from '../../model/alert.ts'
import { PLACES_READ } from '../../model/limits.ts'
import { cut } from '../../util/safe-text.ts'
import { formatTime } from './time.ts'

/** Places and channels that are named. The rest is counted. */
const MAX_NAMED = 3
const MAX_ACTIONS = 2
const MAX_PLACE_LENGTH = 60
const MAX_NAME_LENGTH = 40

/**
 * `3 places: GET /a, POST /b, GET /c`, or `3 places in the newest 50: …` when there are more
 * occurrences; empty when the issue comes from one place.
 */
export function placesLine({ places, count }: Pick<IssueAlert, 'places' | 'count'>): string {
  if (places.length === 0) return ''
  const among = count > PLACES_READ ? ` in the newest ${PLACES_READ}` : ''
  return `${places.length} places${among}: ${named(places.map((place) => cut(place, MAX_PLACE_LENGTH, '…')))}`
}

/**
 * `told before: slack 2026-11-21 14:02:10 GMT+9 (new); resolved by ada 2026-11-22 09:00:00 GMT+9`;
 * empty for a first alert.
 */
export function historyLine({
  history,
  timeZone,
}: Pick<IssueAlert, 'history' | 'timeZone'>): string {
  const name = (text: string | null): string => cut(text ?? '', MAX_NAME_LENGTH, '…')
  const told = history
    .filter(({ what }) => what === 'sent')
    .map(({ channel, at, reason }) => {
      const why = reason === null ? '' : ` (${reason})`
      return `${name(channel)} ${formatTime(at, timeZone)}${why}`
    })
  const acted = history
    .filter(({ what }) => what !== 'sent')
    .slice(0, MAX_ACTIONS)
    .map((event) => `${actionOf(event)}${byOf(name(event.who))} ${formatTime(event.at, timeZone)}`)
  return [told.length === 0 ? '' : `told before: ${named(told)}`, acted.join(', ')]
    .filter((part) => part !== '')
    .join('; ')
}

function actionOf({ what }: EarlierEvent): string {
  return what === 'comment' ? 'commented' : what
}

function byOf(who: string): string {
  return who === '' ? '' : ` by ${who}`
}

function named(items: readonly string[]): string {
  const more = items.length - MAX_NAMED
  const first = items.slice(0, MAX_NAMED).join(', ')
  return more > 0 ? `${first} and ${more} more` : first
}
