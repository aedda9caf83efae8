import { toEntry } from '../core/entry.ts'
import type { Entry } from '../core/types.ts'

/** How a record starts; platforms that log JSON themselves hold it as a string, with its quotes escaped. */
const PLAIN = '{"klaxon":"record"'
const ESCAPED = PLAIN.replaceAll('"', '\\"')

/** The records in one line of a log, whatever stands around them; `broken` counts those that were cut. */
export function recordsIn(line: string): { entries: Entry[]; broken: number } {
  const entries: Entry[] = []
  let broken = 0
  const take = (entry: Entry | null): void => {
    if (entry === null) broken++
    else entries.push(entry)
  }
  for (const at of indexesOf(line, PLAIN)) take(parse(line, at))
  for (const at of indexesOf(line, ESCAPED)) take(unescape(line, at))
  return { entries, broken }
}

function* indexesOf(text: string, what: string): Iterable<number> {
  for (let at = text.indexOf(what); at !== -1; at = text.indexOf(what, at + 1)) yield at
}

/** The JSON object that starts at `at`, without what follows it. */
function parse(text: string, at: number): Entry | null {
  const end = endOfObject(text, at)
  try {
    return end === -1 ? null : toEntry(JSON.parse(text.slice(at, end)))
  } catch {
    // Not JSON after all: it is counted as broken and told.
    return null
  }
}

function endOfObject(text: string, start: number): number {
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return at + 1
  }
  return -1
}

/** A record inside a JSON string: from its start to the first quote that no backslash escapes. */
function unescape(text: string, at: number): Entry | null {
  let end = at
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  try {
    return parse(JSON.parse(`"${text.slice(at, end)}"`) as string, 0)
  } catch {
    // As above.
    return null
  }
}
