/**
 * The sign on responses and bodies that must not become envelopes. The property is hidden from
 * clients, logs and loops. A WeakSet was tried: it costs up to 4 µs a request, most of it in
 * garbage collection. All copies of klaxon in a process share the key, because `raw()` of one copy
 * must work for all.
 */
const MARK_KEY = Symbol.for('klaxon.marked')
const MARK_PROPERTY = { value: true }

/** Objects that take no property, because they are frozen. Hardly ever needed. */
let others: WeakSet<object> | undefined

/** Marks a response that must not become an envelope. klaxon does not read it. */
export function mark<R extends object>(subject: R): R {
  try {
    return Object.defineProperty(subject, MARK_KEY, MARK_PROPERTY)
  } catch {
    others ??= new WeakSet()
    others.add(subject)
    return subject
  }
}

/**
 * Marks a response and its body, because middleware may replace the response by a copy with the
 * same body.
 */
export function markWithBody<R extends Response>(response: R): R {
  if (response.body !== null) mark(response.body)
  return mark(response)
}

/** How many wrappers and middleware there are, of all copies of klaxon. */
const OBSERVERS_KEY = Symbol.for('klaxon.observers')
const shared = globalThis as { [OBSERVERS_KEY]?: number }

/** Counts a wrapper or middleware. */
export function countObserver(): void {
  try {
    shared[OBSERVERS_KEY] = (shared[OBSERVERS_KEY] ?? 0) + 1
  } catch {
    // The global object is frozen. An uncounted wrapper reads the envelopes of the first one.
  }
}

/**
 * Marks a default envelope for other wrappers and middleware. The only one leaves it unmarked, and
 * recognises it by its members, should it come back: a response with a property of its own costs 3
 * µs in workerd, because V8 frees it later.
 */
export function markForOthers<R extends Response>(response: R): R {
  return shared[OBSERVERS_KEY] === 1 ? response : mark(response)
}

export function isMarked(subject: object): boolean {
  return (subject as { [MARK_KEY]?: unknown })[MARK_KEY] === true || others?.has(subject) === true
}

const messages = new WeakMap<Response, string>()

/** Keeps the text of a failure that was made here, so that no one has to read its body for it. */
export function keepMessage(response: Response, message: string): void {
  messages.set(response, message)
}

/** The text of a failure that was made here, undefined for any other response. */
export function keptMessage(response: Response): string | undefined {
  return messages.get(response)
}
