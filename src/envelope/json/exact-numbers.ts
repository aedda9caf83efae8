const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
const JSON_NUMBER = /^(-?)0*(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/**
 * A number in JSON that JavaScript would round, such as an id of 20 digits. It counts as the
 * nearest number, and prints all of its digits.
 */
export class ExactNumber {
  readonly #text: string
  readonly #mark: string

  constructor(text: string, mark: string) {
    this.#text = text
    this.#mark = mark
  }

  valueOf(): number {
    return Number(this.#text)
  }

  toString(): string {
    return this.#text
  }

  /**
   * Returns an array, because nothing mistakes that for a text or an object. `print` removes it.
   */
  toJSON(): unknown {
    return [this.#mark, this.#text]
  }
}

/** Parsed JSON, and the function that prints it. */
export interface Parsed {
  value: unknown
  /** `JSON.stringify` with all digits of the numbers in `value`. */
  print: (value: unknown) => string | undefined
}

/**
 * Parses JSON, and keeps the digits of numbers that JavaScript would round.
 *
 * @throws SyntaxError as `JSON.parse`
 */
export function parseExactly(text: string): Parsed {
  const value: unknown = JSON.parse(text)
  if (!MAY_BE_INEXACT.test(text)) return { value, print: JSON.stringify }
  // Random, so that no body contains it.
  const mark = crypto.randomUUID()
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || isExact(token) ? token : `["${mark}","${token}"]`,
  )
  return {
    value: JSON.parse(marked, (_key, own: unknown) =>
      Array.isArray(own) && own[0] === mark ? new ExactNumber(String(own[1]), mark) : own,
    ),
    print: (own) =>
      (JSON.stringify(own) as string | undefined)?.replace(
        new RegExp(`\\["${mark}","([^"]*)"\\]`, 'g'),
        '$1',
      ),
  }
}

function isExact(token: string): boolean {
  return decimal(token) === decimal(String(Number(token)))
}

/** A canonical spelling of a number: its significant digits and the power of ten. */
function decimal(number: string): string | null {
  const match = JSON_NUMBER.exec(number)
  if (match === null) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = Number(exponent) - fraction.length + digits.length - significant.length
  return `${sign}${significant}e${power}`
}
