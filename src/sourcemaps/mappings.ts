const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const COMMA_CODE = 44
const SEMICOLON = 59

/** Filled when the first map is read. At module scope it would delay a Worker's start. */
const values = new Map<number, number>()

/**
 * Takes the numbers of a segment, each from 0: column, source, original line, original column,
 * name. `count` of them are valid: 1 for code without a source, 4 with a source, 5 with a name.
 * The rest is left from earlier segments, because the list is reused. Returning false ends the
 * reading.
 */
export type VisitSegment = (line: number, numbers: readonly number[], count: number) => boolean

/**
 * Reads the `mappings` of a source map (ECMA-426), segment by segment.
 * @throws RangeError for a text that is no mappings
 */
export function readMappings(
  text: string,
  { at = 0, line = 0 }: { at?: number; line?: number },
  visit: VisitSegment,
): void {
  if (values.size === 0) for (let i = 0; i < 64; i++) values.set(DIGITS.charCodeAt(i), i)
  const numbers = [0, 0, 0, 0, 0]

  /** One number in base 64 VLQ: five bits a digit, lowest first, the sign in the lowest bit. */
  function readNumber(): number {
    let value = 0
    for (let scale = 1; ; scale *= 32) {
      const digit = values.get(text.charCodeAt(at++)) ?? NaN
      value += (digit % 32) * scale
      // Not a digit, or a number over 32 bits.
      if (!(value <= 0xffffffff) || scale > 2 ** 30) throw new RangeError('mappings')
      if (digit < 32) break
    }
    // The standard reads a negative zero as the lowest number of 32 bits.
    return value % 2 === 0 ? value / 2 : value === 1 ? -0x80000000 : (1 - value) / 2
  }

  for (; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code === SEMICOLON) {
      line++
      numbers[0] = 0
    } else if (code !== COMMA_CODE) {
      let count = 0
      do {
        const number = readNumber()
        if (count < 5) numbers[count]! += number
        count++
        code = text.charCodeAt(at)
      } while (at < text.length && code !== COMMA_CODE && code !== SEMICOLON)
      if (!visit(line, numbers, count)) return
      at--
    }
  }
}

/** One number in base 64 VLQ. */
export function encodeNumber(n: number): string {
  let rest = n < 0 ? -n * 2 + 1 : n * 2
  let text = ''
  do {
    const digit = rest % 32
    rest = (rest - digit) / 32
    text += DIGITS[rest > 0 ? digit + 32 : digit]
  } while (rest > 0)
  return text
}
