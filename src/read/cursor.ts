import { badQuery } from './query/words.ts'

/** The position of the next page: after the row with this value and id, in descending order. */
export interface Cursor {
  value: number
  id: string
  /** Whether to skip one window of rows first, because the previous page found nothing in it. */
  skip: boolean
}

/** The position before all rows. */
export const BEFORE_FIRST_ROW: Cursor = { value: 9e15, id: '', skip: false }

export function cursorText(value: number, id: string, skip = false): string {
  return `${skip ? 'further~' : ''}${value}~${id}`
}

/** @throws KlaxonError `BAD_QUERY` */
export function readCursor(text: string | undefined): Cursor | null {
  if (text === undefined || text === '') return null
  const [, skip, value, id] = /^(further~)?(\d{1,16})~([^\0]{0,200})$/s.exec(text) ?? []
  if (value === undefined) throw badQuery('`after` is not from a page of this list')
  return { value: Number(value), id: id!, skip: skip !== undefined }
}

/** @throws KlaxonError `BAD_QUERY` */
export function pageSize(limit: number | undefined, preset: number, most: number): number {
  if (limit === undefined) return preset
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw badQuery(`\`limit\` must be a whole number from 1 to ${most}`)
  return limit
}
