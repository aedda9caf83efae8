import { readMappings } from './mappings.ts'

/**
 * The first line of a chunk: the sources and names that its segments refer to. A source has its
 * path, 1 if it is the app's own, and the hash of its text or null.
 */
export interface ChunkHeader {
  s: [path: string, inApp: 0 | 1, hash: string | null][]
  n: string[]
}

/** Where a position of the bundle comes from. */
export interface Original {
  path: string
  inApp: boolean
  /** Hash of the source's text; null when the text is not stored. */
  hash: string | null
  /** From 0. */
  line: number
  /** From 0. */
  column: number
  name: string | null
  /** Column at which its segment begins, from 0. */
  segment: number
  /** Whether the segment begins at the position itself. */
  exact: boolean
}

/**
 * Finds the segment at a position, or the nearest one to its left on its line.
 * @param text a chunk: its header, a line feed, its mappings
 * @param startLine the line of the chunk's first segment, from 0 like `line` and `column`
 * @throws for a text that is no chunk
 */
export function findSegment(
  text: string,
  startLine: number,
  { line, column }: { line: number; column: number },
): Original | null {
  const end = text.indexOf('\n')
  const { s, n } = JSON.parse(text.slice(0, end)) as ChunkHeader
  let found: number[] | undefined
  let fields = 0
  readMappings(text, { at: end + 1, line: startLine }, (at, numbers, count) => {
    if (at > line || (at === line && numbers[0]! > column)) return false
    // At the position itself the first of several segments counts, to its left the last one.
    if (at === line && !(numbers[0] === column && found?.[0] === column)) {
      found = [...numbers]
      fields = count
    }
    return true
  })
  if (!found || fields < 4) return null
  const [segment, source, originalLine, originalColumn, name] = found as [
    number,
    number,
    number,
    number,
    number,
  ]
  const [path, inApp, hash] = s[source] ?? ['']
  if (path === '') return null
  return {
    path,
    inApp: inApp === 1,
    hash: hash ?? null,
    line: originalLine,
    column: originalColumn,
    name: (fields > 4 && n[name]) || null,
    segment,
    exact: segment === column,
  }
}
