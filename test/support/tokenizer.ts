/**
 * A slow implementation of the envelope, for comparison: it cuts the body into tokens, checks it
 * with `JSON.parse`, and joins the tokens again. It shares no line with the product.
 */

interface Token {
  /** A string, a number or literal, or one of `{}[],:`. */
  text: string
  /** Whitespace, and before the first token a BOM. */
  before: string
  depth: number
}

interface Member {
  key: string
  /** From the whitespace before the key to the end of the value. */
  text: string
  value: string
  /** Whitespace after the value. */
  after: string
}

const TOKEN = /(\s*)("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+)/gsy

function tokensOf(json: string): { tokens: Token[]; after: string } {
  const tokens: Token[] = []
  let depth = 0
  let at = 0
  for (const match of json.matchAll(TOKEN)) {
    const [all, before = '', text = ''] = match
    if ('}]'.includes(text)) depth--
    tokens.push({ text, before, depth })
    if ('{['.includes(text)) depth++
    at = match.index + all.length
  }
  return { tokens, after: json.slice(at) }
}

function membersOf(tokens: Token[]): { members: Member[]; empty: string } {
  const members: Member[] = []
  let open: Token[] = []
  for (const token of tokens.slice(1)) {
    const ends = token.depth === 0 || (token.depth === 1 && token.text === ',')
    if (!ends) {
      open.push(token)
      continue
    }
    const [key, , first] = open
    if (key === undefined || first === undefined) return { members, empty: token.before }
    const text = open.map(({ before, text: own }) => before + own).join('')
    const value = open
      .slice(2)
      .map(({ before, text: own }) => before + own)
      .join('')
    members.push({
      key: JSON.parse(key.text) as string,
      text,
      value: value.slice(first.before.length),
      after: token.before,
    })
    open = []
  }
  return { members, empty: '' }
}

/**
 * Removes a message with its value and the comma before it, or the comma after it if it is the
 * first member.
 */
function withoutMessages(members: Member[]): string {
  let text = '{'
  let kept = 0
  for (const { key, text: own, after } of members) {
    if (key !== 'message') text += (kept++ > 0 ? ',' : '') + own
    text += after
  }
  return `${text}}`
}

function isEnvelope(members: Member[]): boolean {
  const last = (name: string) => members.findLast(({ key }) => key === name)?.value
  const isBoolean = /^(?:true|false)$/.test(last('success') ?? '')
  return isBoolean && last('result') !== undefined && last('message') !== undefined
}

/** The response body for a valid body without a BOM. An envelope is returned unchanged. */
export function reference(status: number, json: string): string {
  JSON.parse(json)
  const { tokens, after } = tokensOf(json)
  const lead = tokens[0]?.before ?? ''
  const body = json.slice(lead.length, json.length - after.length)
  const isObject = tokens[0]?.text === '{'
  const { members, empty } = isObject ? membersOf(tokens) : { members: [], empty: '' }
  if (isEnvelope(members)) return json
  const messages = members.filter(({ key }) => key === 'message')
  const message = messages.at(-1)?.value
  if (status >= 400 && status < 500) {
    const sole = message !== undefined && messages.length === members.length
    return `${lead}{"success":false,"result":null,"message":${sole ? message : body}}${after}`
  }
  const result = message === undefined ? body : withoutMessages(members)
  if (empty !== '' && message !== undefined) throw new Error('an empty object has no message')
  return `${lead}{"success":${status < 400},"result":${result},"message":${message ?? 'null'}}${after}`
}
