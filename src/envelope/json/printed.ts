import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './bytes.ts'

const MESSAGE_MEMBER = '"message":'
const SUCCESS_MEMBER = '"success":'
const RESULT_MEMBER = '"result":'

/** The members of a printed object that the envelope needs. */
export interface PrintedMembers {
  /** Index of the opening quote of the key `message`, -1 without one. */
  message: number
  /** Index after the value of `message`. */
  messageEnd: number
  /** Whether the object is an envelope already. */
  envelope: boolean
}

/**
 * Reads the top-level members of an object that `JSON.stringify` printed without a space argument:
 * it has no whitespace, no duplicate key, and one spelling of each key.
 */
export function printedMembers(text: string): PrintedMembers {
  const mayBeEnvelope = text.includes(SUCCESS_MEMBER)
  const found = { message: -1, messageEnd: -1, envelope: false }
  let isBoolean = false
  let hasResult = false
  for (let key = 1; text.charCodeAt(key) === QUOTE;) {
    const value = stringEnd(text, key + 1) + 1
    const end = valueEnd(text, value)
    if (text.startsWith(MESSAGE_MEMBER, key)) {
      found.message = key
      found.messageEnd = end
    } else if (text.startsWith(RESULT_MEMBER, key)) hasResult = true
    else if (text.startsWith(SUCCESS_MEMBER, key))
      isBoolean = /^(?:true|false)$/.test(text.slice(value, end))
    found.envelope = isBoolean && hasResult && found.message > 0
    if (found.envelope || (found.message > 0 && !mayBeEnvelope)) break
    key = end + 1
  }
  return found
}

/** The index after the closing quote of a string whose content starts at `i`. */
function stringEnd(text: string, i: number): number {
  for (;;) {
    const quote = text.indexOf('"', i)
    let run = quote
    while (text.charCodeAt(run - 1) === BACKSLASH) run--
    if (((quote - run) & 1) === 0) return quote + 1
    i = quote + 1
  }
}

function valueEnd(text: string, i: number): number {
  let depth = 0
  do {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = stringEnd(text, i + 1)
        break
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        depth++
        i++
        break
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth--
        i++
        break
      default:
        i = depth > 0 ? i + 1 : literalEnd(text, i)
    }
  } while (depth > 0)
  return i
}

function literalEnd(text: string, i: number): number {
  for (let code = 0; code !== COMMA && code !== CLOSE_OBJECT; i++) code = text.charCodeAt(i)
  return i - 1
}
