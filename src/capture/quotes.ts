/** Opening quote marks, and the marks that close each. */
const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”“',
  '”': '”',
  '„': '“”',
  '‘': '’',
  '’': '’',
  '‚': '‘’',
  '«': '»',
  '»': '«',
  '‹': '›',
  '›': '‹',
  '「': '」',
  '『': '』',
}

const OPENING = /["'`“”„‘’‚«»‹›「『]/g
const WORD_CHARACTER = /[\p{L}\p{N}_]/u

/**
 * Replaces every quoted value, of any length and with any quote marks. A mark between two letters
 * is an apostrophe and closes nothing: `'Pat O'Brien'` is one value, and `can't` has none.
 */
export function withoutQuotes(text: string, placeholder: string): string {
  let out = ''
  let from = 0
  /**
   * Marks that are not closed in the rest of the text. Skipping them keeps the time linear.
   */
  let unclosed = ''
  OPENING.lastIndex = 0
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const [mark] = match
    const { index } = match
    if (unclosed.includes(mark) || isWord(text, index - 1)) continue
    const end = endOf(text, index, CLOSING[mark]!)
    if (end === -1) {
      unclosed += mark
      continue
    }
    out += text.slice(from, index) + placeholder
    from = end + 1
    OPENING.lastIndex = from
  }
  return out + text.slice(from)
}

/** The first quoted values of a text, at most 4. */
export function quotedIn(text: string): string[] {
  const names: string[] = []
  let rest = text
  for (let n = 0; n < 4; n++) {
    const start = rest.search(OPENING)
    if (start === -1) break
    const end = isWord(rest, start - 1) ? -1 : endOf(rest, start, CLOSING[rest[start]!]!)
    if (end !== -1) names.push(rest.slice(start + 1, end))
    rest = rest.slice((end === -1 ? start : end) + 1)
  }
  return names
}

function endOf(text: string, start: number, closing: string): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') at++
    else if (closing.includes(character) && !isApostrophe(text, at)) return at
  }
  return -1
}

function isApostrophe(text: string, at: number): boolean {
  return isWord(text, at + 1)
}

function isWord(text: string, at: number): boolean {
  const character = text[at]
  return character !== undefined && WORD_CHARACTER.test(character)
}
