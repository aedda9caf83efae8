import { toEntry } from '../core/entry.ts'
import type { Entry } from '../core/types.ts'

/** How a record starts; platforms that log JSON themselves hold it as a string, with its quotes escaped. */
const PLAIN = '{"klaxon":"record"'
const ESCAPED = PLAIN.replaceAll('"', '\\"')

/**
 * What may stand before an escaped record: it is an element of a list, as the messages of `wrangler tail`, or the first
 * member of the line's object under a logger's usual name. Anywhere else, such as in a request header, it is a client's
 * text that only looks like a record.
 */
const IN_LIST = /(?:^|[[,])\s*"$/
const IN_MESSAGE = /^\s*\{\s*"(?:log|message|msg|textPayload)"\s*:\s*"$/

/** The records in one line of a log; `broken` counts those that were cut. */
export function recordsIn(line: string): { entries: Entry[]; broken: number } {
  const found = line.includes(PLAIN) ? plain(line) : escaped(line)
  const entries = found.filter((entry) => entry !== null)
  return { entries, broken: found.length - entries.length }
}

/** Alone on its line, but for a prefix such as a time. A quote before it belongs to someone else's text. */
function plain(line: string): (Entry | null)[] {
  const at = line.indexOf(PLAIN)
  return line.slice(0, at).includes('"') ? [] : [parse(line, at)]
}

function escaped(line: string): (Entry | null)[] {
  const found: (Entry | null)[] = []
  for (let at = line.indexOf(ESCAPED); at !== -1; at = line.indexOf(ESCAPED, at + 1)) {
    const before = line.slice(0, at)
    if (IN_LIST.test(before) || IN_MESSAGE.test(before)) found.push(unescape(line, at))
  }
  return found
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
