import type { IssueList } from '../read/types.ts'
import { href, type View } from './view.ts'

/** The list that the dashboard begins with. */
const FIRST_LIST = 'q=is%3Aopen'

/**
 * The parameter `list` of an issue's address: the search of the list that leads to the issue. Empty
 * for the list that the dashboard begins with.
 */
export function listParameter({ query, sort, span }: IssueList, after: string | undefined): string {
  const search = new URLSearchParams({ q: query })
  if (sort !== 'last') search.set('sort', sort)
  if (span !== '14d') search.set('span', span)
  if (after) search.set('after', after)
  const text = search.toString()
  return text === FIRST_LIST ? '' : text
}

/** The query of that list, which is empty for the first list. */
export function queryOf(list: string): string {
  return new URLSearchParams(list).get('q') ?? ''
}

/** Leads back to that list. Other parameters are ignored, because visitors can edit an address. */
export function listHref(view: View, list: string): string {
  const search = new URLSearchParams(list || FIRST_LIST)
  const of = (name: string): string => search.get(name) ?? ''
  return href(view, 'issues', {
    q: of('q'),
    sort: of('sort'),
    span: of('span'),
    after: of('after'),
  })
}
