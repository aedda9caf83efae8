import type { Hints } from './occurrence.ts'

/** What a framework tells about an error that it turned into a response by itself. */
export interface Note {
  error: unknown
  /** Whether the response is the framework's own default and not the user's error handler's. */
  builtin: boolean
  hints: Hints
}

const notes = new WeakMap<Request, Note>()
let pending = 0

export function leaveNote(request: Request, note: Note): void {
  notes.set(request, note)
  pending++
}

/** The note about a request, once. Costs one comparison while nothing fails. */
export function takeNote(request: Request): Note | undefined {
  if (pending === 0) return undefined
  const note = notes.get(request)
  if (note !== undefined) {
    notes.delete(request)
    pending--
  }
  return note
}
