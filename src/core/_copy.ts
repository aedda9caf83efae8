import { FILTERED } from './_rules.ts'
import { byteLength, CUT } from './safe-text.ts'
import type { Rank } from './_scan.ts'

const MAX_DEPTH = 6
/** Members of one object or array. */
const MAX_MEMBERS = 100
/** Bytes */
const MAX_STRING = 2_048
const MAX_KEY = 128
const UNREADABLE = '[Unreadable]'

/** Members that name the key of a value beside them: `{ name: 'password', value: '…' }`. */
const NAMES = ['name', 'key', 'header', 'field', 'param']
const VALUES = /^(?:values?|val|content|data)$/i

export interface Filter {
  text(s: string, maxBytes: number): string
  rank: Rank
}

/**
 * A redacted copy of anything, at most `maxBytes` as JSON. The original is only read, its getters are not called,
 * and nothing of it is kept; what throws when it is touched becomes `[Unreadable]`.
 */
export function copyOf(value: unknown, maxBytes: number, filter: Filter): unknown {
  let left = maxBytes
  const ancestors: object[] = []

  function text(s: string, max = MAX_STRING): string {
    const out = left > 0 ? filter.text(s, Math.min(max, left)) : CUT
    left -= byteLength(JSON.stringify(out)) + 1
    return left < 0 ? CUT : out
  }

  function copy(v: unknown): unknown {
    if (typeof v === 'string') return text(v)
    if (v === null || v === undefined || typeof v === 'boolean' || Number.isFinite(v)) {
      left -= 24
      return v
    }
    if (typeof v !== 'object') return text(typeof v === 'function' ? '[Function]' : String(v))
    if (ancestors.includes(v)) return text('[Circular]')
    if (ancestors.length >= MAX_DEPTH) return CUT
    ancestors.push(v)
    try {
      return copyObject(v)
    } catch {
      // A Proxy's traps, or a lying Symbol.toStringTag: what can't be read is said, and nothing is lost but it.
      return text(UNREADABLE)
    } finally {
      ancestors.pop()
    }
  }

  function copyObject(v: object): unknown {
    if (Array.isArray(v)) return copyArray(v)
    if (v instanceof Date) return text(Number.isNaN(v.getTime()) ? 'Invalid Date' : v.toISOString())
    if (v instanceof RegExp || v instanceof URL) return text(String(v))
    if (
      v instanceof Map ||
      v instanceof Headers ||
      v instanceof URLSearchParams ||
      v instanceof FormData
    ) {
      return copyEntries((v as Map<unknown, unknown>).entries())
    }
    if (v instanceof Set) return copyArray([...take(v.values())])
    if (v instanceof Error)
      return copyEntries([
        ...ownEntries(v, ['name', 'message', 'stack', 'cause']),
        ...ownEntries(v),
      ])
    if (ArrayBuffer.isView(v) || v instanceof ArrayBuffer)
      return text(`[${v.constructor.name} ${v.byteLength}]`)
    const tag = Object.prototype.toString.call(v).slice(8, -1)
    return tag === 'Object' || tag === 'Arguments' ? copyEntries(ownEntries(v)) : text(`[${tag}]`)
  }

  function copyArray(list: readonly unknown[]): unknown[] {
    const out: unknown[] = []
    // Header lists come as name, value, name, value.
    const pairs = list.length % 2 === 0
    for (let i = 0; i < list.length; i++) {
      if (i >= MAX_MEMBERS || left <= 0) {
        out.push(CUT)
        break
      }
      const before = pairs && i % 2 === 1 ? own(list, String(i - 1)) : null
      out.push(member(typeof before === 'string' ? before : '', own(list, String(i))))
    }
    return out
  }

  function copyEntries(entries: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
    // Without a prototype `__proto__` is a key like any other.
    const out = Object.create(null) as Record<string, unknown>
    const members = [...take(entries)]
    const named = members.some(
      ([key, v]) =>
        NAMES.includes(String(key).toLowerCase()) && typeof v === 'string' && filter.rank(v) !== 0,
    )
    for (const [key, v] of members) {
      if (left <= 0) {
        out[CUT] = CUT
        break
      }
      const name = typeof key === 'string' ? key : String(copy(key))
      out[text(name, MAX_KEY)] = member(named && VALUES.test(name) ? 'secret' : name, v)
    }
    return out
  }

  function member(key: string, v: unknown): unknown {
    const open = v === null || v === undefined || typeof v === 'boolean' || filter.rank(key) === 0
    return open ? copy(v) : text(FILTERED)
  }

  return copy(value)
}

function* take<T>(items: Iterable<T>): Generator<T> {
  let count = 0
  for (const item of items) {
    yield item
    if (++count >= MAX_MEMBERS) return
  }
}

function* ownEntries(
  v: object,
  keys: readonly string[] = Object.keys(v),
): Generator<[string, unknown]> {
  for (const key of keys) if (Object.hasOwn(v, key) || key === 'name') yield [key, own(v, key)]
}

/** An own member without calling its getter. */
function own(v: object, key: string): unknown {
  try {
    const descriptor = Object.getOwnPropertyDescriptor(v, key)
    if (descriptor === undefined) return key === 'name' ? (v as Error).name : undefined
    return 'value' in descriptor ? descriptor.value : UNREADABLE
  } catch {
    return UNREADABLE
  }
}
