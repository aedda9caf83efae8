/**
 * Globals into which bundlers write debug ids: the stack of an Error made in the file → its id.
 */
interface DebugIdScope {
  _debugIds?: Record<string, unknown>
  _sentryDebugIds?: Record<string, unknown>
}

const DEBUG_ID = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i
const FRAME_END = /:\d+(?::\d+)?\)?\s*$/
const FRAME_FILE =
  /(?:\(|@|at )?((?:[a-z][a-z\d+.-]*:\/\/|file:|\/|[a-z]:\\)?[^\s()@]{1,500}?):\d+(?::\d+)?\)?$/i
const MAX_FILES = 50

/** undefined before the first throw. */
let known: Record<string, string> | null | undefined

/**
 * File → 32 hex digits; null for a bundle without debug ids. Read once in an isolate, so a chunk
 * that is loaded after the first throw is missing.
 */
export function debugIds(): Record<string, string> | null {
  if (known === undefined) known = read()
  return known
}

function read(): Record<string, string> | null {
  const { _debugIds, _sentryDebugIds } = globalThis as DebugIdScope
  const found: [file: string, id: string][] = []
  for (const [stack, id] of Object.entries({ ..._sentryDebugIds, ..._debugIds })) {
    if (typeof id !== 'string' || !DEBUG_ID.test(id)) continue
    const file = fileOf(stack)
    if (file !== null) found.push([file, id.replaceAll('-', '').toLowerCase()])
  }
  return found.length === 0 ? null : Object.fromEntries(found.slice(0, MAX_FILES))
}

function fileOf(stack: string): string | null {
  const frame = stack.split('\n').find((line) => FRAME_END.test(line))
  return FRAME_FILE.exec(frame?.trim() ?? '')?.[1] ?? null
}
