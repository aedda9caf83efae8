import { ENGLISH } from './_key-names.ts'
import { bracketsEnd, isQuote, quotedAt } from './_quotes.ts'
import * as rules from './_rules.ts'
import { bytes, endOf, type Scan, type Span } from './_text-bytes.ts'

/** The gap between a flag and its argument, in a line or a list. */
const ARGUMENT_GAP = /["'`]?(?:,[ \t]{0,9}|[ \t]{1,9})(?!-)/y
const ARGUMENT = /[^\s"'`,;)\]}]+/y
/** `user:password` after a flag for a user; numbers of a user and a group are no secret. */
const LOGIN = /["'`]?[,=]?[ \t]{0,9}["'`]?(?!\d{1,9}:\d{1,9}\b)[^\s:"'`/@]{1,64}:/y
/** Programs whose `-p` or `-a` is followed by a password. */
const PASSWORD_TOOL = /(?:login|sshpass|mysql\w{0,8}|mariadb|mongo\w{0,8}|redis-cli) /
const COMMAND_ARGUMENTS = /[^\r\n)\]}]+/y
const ATTRIBUTES = /\s[^<>]{0,512}>/y

/**
 * The argument after a secret flag, in a command line or a list: `--password x`, `["--token",
 * "x"]`, `curl -u user:x`.
 */
export function flag({ s, kindOf }: Scan, at: number, end: number): Span {
  const word = s.slice(at, end)
  if (/^-{1,2}(?:u|U|user|proxy-user)$/.test(word)) {
    const from = endOf(LOGIN, s, end)
    return from < 0 ? null : [from, endOf(ARGUMENT, s, from)]
  }
  if (/^-[pa]/.test(word) && PASSWORD_TOOL.test(s.slice(Math.max(0, at - 96), at)))
    return word.length > 2 ? [at + 2, end] : argument(s, end)
  return kindOf(word) === 0 ? null : argument(s, end)
}

function argument(s: string, end: number): Span {
  const from = endOf(ARGUMENT_GAP, s, end)
  if (from < 0 || endOf(rules.NO_ARGUMENT, s, from) >= 0) return null
  return quotedAt(s, from) ?? [from, endOf(ARGUMENT, s, from)]
}

/** The secret argument of a word that a space and a quote or parenthesis follow. */
export function after(scan: Scan, at: number, space: number): Span {
  const { s } = scan
  const next = bytes[space + 1]!
  // Both sentences of `row` end with this letter.
  if (next === 40) return bytes[space - 1] === 115 ? row(s, space) : null
  if (!isQuote(next)) return null
  const word = s.slice(at, space)
  if (word === 'entry') return entry(scan, space + 2)
  const identified = /IDENTIFIED BY$/i.test(s.slice(Math.max(0, space - 13), space))
  const kind = scan.kindOf(word)
  if (!identified && (kind === 0 || (kind & ENGLISH) > 0)) return null
  const [from, end] = quotedAt(s, space + 1)!
  // After other words, a quoted text is more often a name: `unexpected token 'export'`.
  const value = s.slice(from, end)
  const telling = identified || /pass|pw/i.test(word) || (value.length > 15 && /\d/.test(value))
  return telling ? [from, end] : null
}

/** The arguments of `AUTH`, a command of Redis and of mail servers, in a line or a list. */
export function command(s: string, space: number): Span {
  const from = endOf(ARGUMENT_GAP, s, space)
  if (from < 0 || endOf(rules.NO_ARGUMENT, s, from) >= 0) return null
  // A quoted AUTH is a command only if quoted arguments follow.
  return isQuote(bytes[space]!) && !isQuote(bytes[from]!)
    ? null
    : [from, endOf(COMMAND_ARGUMENTS, s, from)]
}

/**
 * A row that a database prints without column names, as PostgreSQL and SQL Server do.
 */
function row(s: string, space: number): Span {
  return /(?:Failing row contains|duplicate key value is)$/.test(
    s.slice(Math.max(0, space - 23), space),
  )
    ? listEnd(s, space + 2)
    : null
}

/** The text up to the last parenthesis of the line. */
function listEnd(s: string, from: number): Span {
  const line = s.indexOf('\n', from)
  const end = s.lastIndexOf(')', line < 0 ? s.length : line)
  return [from, end < from ? (line < 0 ? s.length : line) : end]
}

/** `Duplicate entry 'value' for key 'users.token'`, as MySQL writes it. */
function entry({ s, kindOf }: Scan, from: number): Span {
  const near = s.slice(from, from + 1_024)
  const end = near.indexOf("' for key '")
  const key = end < 0 ? '' : /[\w.$-]{0,128}/.exec(near.slice(end + 11))![0]
  return kindOf(key) === 0 ? null : [from, from + end]
}

/**
 * `Key (tenant, token)=(7, value)`, as PostgreSQL writes it; `equals` is the index of its equals
 * sign.
 */
export function columns({ s, kindOf }: Scan, equals: number): Span {
  const before = s.slice(Math.max(0, equals - 256), equals - 1)
  const key = before.lastIndexOf('Key (')
  const names = key < 0 ? '' : before.slice(key + 5)
  return !names.includes(')=(') && names.split(/[^\w.]/).some((name) => kindOf(name) > 0)
    ? listEnd(s, equals + 2)
    : null
}

/** Quoted arguments of a function whose name is secret: `setPassword('x')`. */
export function call({ s, kindOf }: Scan, at: number, open: number): Span {
  const kind = kindOf(s.slice(at, open))
  if (kind === 0 || (kind & ENGLISH) > 0) return null
  const end = bracketsEnd(s, open)
  return [open + 1, s[end - 1] === ')' ? end - 1 : end]
}

/**
 * The text of an XML element, with attributes or without: `<password type="x">…</password>`,
 * `<a:password>…`.
 */
export function element({ s, kindOf }: Scan, at: number, end: number): Span {
  const key = s.slice(at, end)
  if (rules.PLAIN_ELEMENTS.test(key) || kindOf(key) === 0) return null
  const from = bytes[end] === 62 ? end + 1 : endOf(ATTRIBUTES, s, end)
  if (from < 0 || s[from - 2] === '/') return null
  const section = s.startsWith('<![CDATA[', from)
  const start = section ? from + 9 : from
  const close = s.indexOf(section ? ']]>' : '<', start)
  return [start, close < 0 ? s.length : close]
}
