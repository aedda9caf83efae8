import { MAX_COPY_DEPTH, MAX_COPY_MEMBERS, MAX_COPY_TEXT_BYTES } from '../model/limits.ts'
import { COUNTS, SECRET } from './_key-names.ts'
import { isOpen } from './_pairs.ts'
import { ERROR_NAME, FILTERED, NAMING_KEYS, VALUE_KEYS } from './_rules.ts'
import { byteLength, CUT } from '../util/safe-text.ts'

const UNREADABLE_VALUE = '[Unreadable]'
/** Characters of a text that may name a key. */
const MAX_KEY_TEXT_LENGTH = 128

/** Members of a database error, beside its statement, that contain the query's values. */
const PARAMS = /^(?:param(?:eter)?s|args|bindings|values)$/
const STATEMENT =
  /^[\s(]{0,9}(?:(?:--[^\n]{0,256}\n|\/\*[^*]{0,256}\*\/)[\s(]{0,9}){0,4}(?:select|insert|update|delete|replace|merge|with|values|call|exec|explain|alter|create|set|do|declare|begin)\b/i
const STATEMENT_KEY = /^(?:query|sql|statement|text)$/
/**
 * Texts in a statement. Some drivers insert the values there. One with a backslash before a quote
 * extends to the end: in MySQL the backslash escapes the quote, in other databases it does not.
 */
const SQL_TEXT = /'(?:[^'\\]|\\(?!')|'')*(?:'|\\'[^]*|$)/g
const MAX_STATEMENT_LENGTH = 8_192
/**
 * Members beside which a `path` is a path in JSON, as in Ajv and JSON Patch (RFC 6902), and not a
 * URL's.
 */
const POINTED = /^(?:op|instancePath|dataPath)$/
/** Commands of Redis whose arguments are secret. */
const SECRET_COMMAND = /^(?:auth2?|requirepass|masterauth)$/i
/** Flags for a user and a password. */
const LOGIN_FLAG = /^-{1,2}(?:u|U|user|proxy-user)$/
const BOXED: Record<string, { prototype: object }> = { Number, String, Boolean, BigInt, Symbol }

/**
 * A redacted copy of any value, of at most `maxBytes` as JSON. It does not call getters, and shares
 * nothing with the original. A value that throws when it is read becomes `[Unreadable]`.
 */
export function copyOf(
  value: unknown,
  maxBytes: number,
  redact: (s: string, maxBytes: number) => string,
  kindOf: (key: string) => number,
): unknown {
  let left = maxBytes
  const ancestors: unknown[] = []

  function text(s: string): string {
    const out = left > 0 ? redact(s, Math.min(MAX_COPY_TEXT_BYTES, left)) : CUT
    left -= byteLength(JSON.stringify(out)) + 2
    return left < 0 ? CUT : out
  }

  function copy(v: unknown): unknown {
    if (v === null || v === undefined || typeof v === 'boolean' || Number.isFinite(v)) {
      left -= 24
      // A card number may be a number.
      return Math.abs(v as number) < 1e12 || redact(String(v), MAX_COPY_TEXT_BYTES) === String(v)
        ? v
        : FILTERED
    }
    if (typeof v !== 'object') return text(typeof v === 'function' ? '[Function]' : String(v))
    if (ancestors.includes(v)) return text('[Circular]')
    if (ancestors.length >= MAX_COPY_DEPTH) return text(CUT)
    // Empty objects count too: a few arrays that contain each other become millions when printed.
    left -= 8
    ancestors.push(v)
    try {
      return copyObject(v)
    } catch {
      // A Proxy's trap, or a false Symbol.toStringTag, threw. The other values are kept.
      return text(UNREADABLE_VALUE)
    } finally {
      ancestors.pop()
    }
  }

  function copyObject(v: object): unknown {
    if (Array.isArray(v)) return copyList(v)
    if (v instanceof Set) return copyList(first(v))
    if (v instanceof Map || v instanceof Headers || v instanceof URLSearchParams) {
      return copyMembers(first<[unknown, unknown]>(v))
    }
    if (v instanceof Error) {
      const keys = ['message', 'stack', 'cause', ...Object.keys(v)]
      return copyMembers([['name', v.name], ...keys.map((key) => [key, read(v, key)] as const)])
    }
    if (v instanceof URL || v instanceof RegExp) return text(String(v))
    if (v instanceof Date) return text(Date.prototype.toISOString.call(v))
    const tag = Object.prototype.toString.call(v).slice(8, -1)
    if (Object.hasOwn(BOXED, tag)) return copy(BOXED[tag]!.prototype.valueOf.call(v))
    if (tag !== 'Object') return text(`[${tag}]`)
    return copyMembers(Object.keys(v).map((key) => [key, read(v, key)]))
  }

  function copyList(list: readonly unknown[], length = read(list, 'length')): unknown {
    if (typeof length !== 'number') return text(UNREADABLE_VALUE)
    // Raw headers are a list of name, value, name, value.
    const paired = length % 2 === 0
    const out: unknown[] = []
    let before: unknown
    let isCommand = false
    for (let i = 0; i < length; i++) {
      if (left <= 0 || i >= MAX_COPY_MEMBERS) return [...out, CUT]
      const item = read(list, i)
      const named = isKey(before) && (before.startsWith('-') || (paired && i % 2 === 1))
      const login = isKey(before) && LOGIN_FLAG.test(before) && isText(item) && item.includes(':')
      out.push(member(named ? before : '', item, isCommand || login))
      isCommand ||= isText(item) && SECRET_COMMAND.test(item)
      before = item
    }
    return out
  }

  function copyMembers(members: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
    // Without a prototype, `__proto__` is an ordinary key.
    const out = Object.create(null) as Record<string, unknown>
    const isPointed = members.some(([key]) => POINTED.test(String(key)))
    const named = members.some(
      ([key, v]) => NAMING_KEYS.test(String(key)) && namesSecret(v, isPointed),
    )
    const hasParams = members.some(([key]) => PARAMS.test(String(key)))
    // A `text` alone may be prose: "Select a colour".
    const isQuery = (key: unknown, v: unknown): v is string =>
      STATEMENT_KEY.test(String(key)) &&
      (hasParams || key !== 'text') &&
      isText(v) &&
      STATEMENT.test(v)
    const queried = members.some(([key, v]) => isQuery(key, v))
    for (const [key, v] of members.slice(0, MAX_COPY_MEMBERS)) {
      if (left <= 0) break
      const name = typeof key === 'string' ? key : JSON.stringify(copy(key))
      const hidden = (named && VALUE_KEYS.test(name)) || (queried && PARAMS.test(name))
      out[text(name)] = member(key, isQuery(key, v) ? withoutLiterals(v) : v, hidden)
    }
    if (left <= 0 || members.length > MAX_COPY_MEMBERS) out[CUT] = CUT
    return out
  }

  /**
   * Whether a value names a secret key: `password`, or the path of a validator's issue, such as
   * `['user', 'password']` or `[{ key: 'password' }]`. A URL's path does not.
   */
  function namesSecret(v: unknown, isPointed: boolean): boolean {
    if (isText(v))
      return (
        v.length <= MAX_KEY_TEXT_LENGTH &&
        (isPointed || !v.includes('/')) &&
        !ERROR_NAME.test(v) &&
        kindOf(v) > 0
      )
    if (!Array.isArray(v)) return false
    return [0, 1, 2, 3].some((i) => {
      const part = read(v, i)
      const name = typeof part === 'object' && part !== null ? read(part, 'key') : part
      return isText(name) && name.length <= MAX_KEY_TEXT_LENGTH && kindOf(name) > 0
    })
  }

  function member(key: unknown, v: unknown, hidden = false): unknown {
    const kind = hidden ? SECRET : typeof key === 'string' ? kindOf(key) : 0
    const scalar = (typeof v === 'object' && v !== null) || typeof v === 'function' ? '' : String(v)
    const open =
      kind === 0 || isOpen(String(key), scalar, kind) || ((kind & COUNTS) > 0 && isTally(v))
    return open ? copy(v) : text(FILTERED)
  }

  return copy(value)
}

/**
 * Whether an object contains numbers alone, under plain words: `tokens_details: { cached_tokens:
 * 0 }`.
 */
function isTally(v: unknown): boolean {
  try {
    return (
      typeof v === 'object' &&
      v !== null &&
      Object.keys(v).every((key) => /^[a-z_]{1,40}$/i.test(key) && typeof read(v, key) === 'number')
    )
  } catch {
    // A Proxy's trap threw.
    return false
  }
}

function withoutLiterals(statement: string): string {
  return statement.slice(0, MAX_STATEMENT_LENGTH).replace(SQL_TEXT, `'${FILTERED}'`)
}

function isText(v: unknown): v is string {
  return typeof v === 'string'
}

function isKey(v: unknown): v is string {
  return isText(v) && /^\S{1,64}$/.test(v)
}

function first<T>(items: Iterable<T>): T[] {
  const out: T[] = []
  for (const item of items) if (out.push(item) >= MAX_COPY_MEMBERS) break
  return out
}

/**
 * Reads a member without calling its getter. An error's stack is read, because V8 computes it in a
 * getter.
 */
function read(v: object, key: PropertyKey): unknown {
  try {
    if (key === 'stack' && v instanceof Error) return v.stack
    const descriptor = Object.getOwnPropertyDescriptor(v, key)
    return descriptor && !('value' in descriptor) ? UNREADABLE_VALUE : descriptor?.value
  } catch {
    // A Proxy's trap threw.
    return UNREADABLE_VALUE
  }
}
