import type { Occurrence } from '../../model/occurrence.ts'
import { MAX_SEARCH_TEXT_LENGTH } from './_limits.ts'

/** The searched text of an issue: lower case, cut, with the most telling parts first. */
export function textOf(o: Occurrence): string {
  const causes = o.causes?.map(({ name, message }) => `${name}: ${message}`) ?? []
  const parts = [o.title, o.errorMessage, o.route, o.path, ...causes, o.errorStack]
  return parts
    .filter((part) => part !== null && part !== '')
    .map((part) => part!.slice(0, MAX_SEARCH_TEXT_LENGTH))
    .join('\n')
    .slice(0, MAX_SEARCH_TEXT_LENGTH)
    .toLowerCase()
}
