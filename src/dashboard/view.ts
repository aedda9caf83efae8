import type { Visitor } from './options.ts'

/** The values that every page needs beside its data. */
export interface View {
  /** The path at which the dashboard is mounted, without a slash at its end. */
  base: string
  /** The page that is asked for, with its query, without `base`: `i/v1:…?q=is:open`. */
  page: string
  /** The nonce of the content security policy. */
  nonce: string
  /** The hidden field of every form. Empty when the host's own middleware checks visitors. */
  token: string
  visitor: Visitor
  /** Whether the visitor can log out. */
  hasSession: boolean
  readOnly: boolean
  timeZone: string
  /** Unix ms. */
  now: number
  source?:
    | ((frame: { file: string; line: number; release: string | null }) => string | null)
    | undefined
}

/** A link to a page. Undefined and empty parameters are left out. */
export function href(
  view: View,
  path: string,
  params: Record<string, string | undefined> = {},
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value) search.set(name, value)
  const query = search.toString()
  return `${view.base}/${path}${query === '' ? '' : `?${query}`}`
}
