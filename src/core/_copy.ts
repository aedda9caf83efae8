import { MAX_DEPTH, MAX_MEMBERS, MAX_STRING } from './_limits.ts'
import { FILTERED, NAMES, VALUES } from './_rules.ts'
import { byteLength, CUT } from './safe-text.ts'

const UNREADABLE = '[Unreadable]'

/** What an error of a database holds beside its statement: every value of the query. */
const PARAMS = /^(?:param(?:eter)?s|args|bindings|values)$/
const STATEMENT = /^\s{0,9}(?:select|insert|update|delete|replace|with)\b/i

/**
 * A redacted copy of anything, at most `maxBytes` as JSON. The original is only read, its getters are not called,
 * and nothing of it is kept; what throws when it is touched becomes `[Unreadable]`.
 */
export function copyOf(
  value: unknown,
  maxBytes: number,
  redact: (s: string, maxBytes: number) => string,
  isSecret: (key: string) => boolean,
): unknown {
  let left = maxBytes
  const ancestors: unknown[] = []

  function text(s: string): string {
    const out = left > 0 ? redact(s, Math.min(MAX_STRING, left)) : CUT
    left -= byteLength(JSON.stringify(out)) + 2
    return left < 0 ? CUT : out
  }

  function copy(v: unknown): unknown {
    if (v === null || v === undefined || typeof v === 'boolean' || Number.isFinite(v)) {
      left -= 24
      // A card number may be a number.
      return Math.abs(v as number) < 1e12 || redact(String(v), MAX_STRING) === String(v)
        ? v
        : FILTERED
    }
    if (typeof v !== 'object') return text(typeof v === 'function' ? '[Function]' : String(v))
    if (ancestors.includes(v)) return text('[Circular]')
    if (ancestors.length >= MAX_DEPTH) return text(CUT)
    // Empty ones too: a few arrays that hold one another are millions when they are written out.
    left -= 8
    ancestors.push(v)
    try {
      return copyObject(v)
    } catch {
      // A Proxy's traps or a lying Symbol.toStringTag: what can't be read is said, and nothing is lost but it.
      return text(UNREADABLE)
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
    if (tag !== 'Object') return text(`[${tag}]`)
    return copyMembers(Object.keys(v).map((key) => [key, read(v, key)]))
  }

  function copyList(list: readonly unknown[], length = read(list, 'length')): unknown {
    if (typeof length !== 'number') return text(UNREADABLE)
    // Raw headers come as name, value, name, value.
    const paired = length % 2 === 0
    const out: unknown[] = []
    for (let i = 0; i < length; i++) {
      if (left <= 0 || i >= MAX_MEMBERS) return [...out, CUT]
      out.push(member(paired && i % 2 === 1 ? read(list, i - 1) : '', read(list, i)))
    }
    return out
  }

  function copyMembers(members: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
    // Without a prototype `__proto__` is a key like any other.
    const out = Object.create(null) as Record<string, unknown>
    const named = members.some(([key, v]) => NAMES.test(String(key)) && namesSecret(v))
    const queried = members.some(
      ([key, v]) =>
        /^(?:query|sql)$/.test(String(key)) && typeof v === 'string' && STATEMENT.test(v),
    )
    for (const [key, v] of members.slice(0, MAX_MEMBERS)) {
      if (left <= 0) break
      const name = typeof key === 'string' ? key : JSON.stringify(copy(key))
      const hidden = (named && VALUES.test(name)) || (queried && PARAMS.test(name))
      out[text(name)] = member(hidden ? 'secret' : key, v)
    }
    if (left <= 0 || members.length > MAX_MEMBERS) out[CUT] = CUT
    return out
  }

  /**
   * `password`, or the path of a validator's issue: `['user', 'password']`, `[{ key: 'password' }]`; the path of a URL is
   * none.
   */
  function namesSecret(v: unknown): boolean {
    if (typeof v === 'string') return !v.includes('/') && isSecret(v)
    if (!Array.isArray(v)) return false
    return [0, 1, 2, 3].some((i) => {
      const part = read(v, i)
      const name = typeof part === 'object' && part !== null ? read(part, 'key') : part
      return typeof name === 'string' && isSecret(name)
    })
  }

  function member(key: unknown, v: unknown): unknown {
    const open = v === null || v === undefined || typeof v === 'boolean'
    return !open && typeof key === 'string' && isSecret(key) ? text(FILTERED) : copy(v)
  }

  return copy(value)
}

function first<T>(items: Iterable<T>): T[] {
  const out: T[] = []
  for (const item of items) if (out.push(item) >= MAX_MEMBERS) break
  return out
}

/** A member without calling its getter, but for an error's stack, which V8 makes when it is read. */
function read(v: object, key: PropertyKey): unknown {
  try {
    if (key === 'stack' && v instanceof Error) return v.stack
    const descriptor = Object.getOwnPropertyDescriptor(v, key)
    return descriptor && !('value' in descriptor) ? UNREADABLE : descriptor?.value
  } catch {
    // A Proxy's trap.
    return UNREADABLE
  }
}
