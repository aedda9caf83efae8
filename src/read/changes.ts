import { KlaxonError } from '../model/klaxon-error.ts'
import { stored } from './query/words.ts'
import { DAY_MS } from '../util/time-units.ts'

/** Actions on issues, and their names in the history. */
export const CHANGES = {
  resolve: 'resolved',
  resolveInNextRelease: 'resolved',
  reopen: 'reopened',
  ignore: 'ignored',
  mute: 'muted',
  unmute: 'unmuted',
  comment: 'comment',
} as const

export type MuteUntil = { forMs: number } | { untilCount: number } | { forNext: number }

export type Change =
  | { name: Exclude<keyof typeof CHANGES, 'mute'> }
  | { name: 'mute'; until: MuteUntil }

const MAX_COMMENT_LENGTH = 2_000

/** The data of a change in the history. @throws KlaxonError for an invalid change */
export function commentText(change: Change, comment?: string): Record<string, unknown> {
  const text = stored(comment ?? '').trim()
  if (text.length > MAX_COMMENT_LENGTH)
    throw badOption('comment', `have at most ${MAX_COMMENT_LENGTH} characters`)
  if (change.name === 'comment' && text === '') throw badOption('comment', 'have a text')
  const said = text === '' ? {} : { comment: text }
  if (change.name === 'resolveInNextRelease') return { ...said, inNextRelease: true }
  if (change.name !== 'mute') return said
  const { until } = change
  const [[name, value] = ['', 0]] = Object.entries(until)
  const most = name === 'forMs' ? 366 * DAY_MS : 1e9
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw badOption(name, `be a whole number from 1 to ${most}`)
  return { ...said, ...until }
}

function badOption(name: string, must: string): KlaxonError {
  return new KlaxonError(`klaxon: option \`${name}\` must ${must}`, { code: 'BAD_OPTION' })
}
