import type { Hints } from './occurrence.ts'

/** What a framework tells about an error that it turned into a response by itself. */
export interface Note {
  error: unknown
  /** Whether the framework answered by its own default and not by the user's error handler. */
  builtin: boolean
  hints: Hints
}

/** By request, and by response for where the request was replaced on its way. */
const notes = new WeakMap<object, Note>()
const taken = new WeakSet<Note>()
let pending = 0

export function leaveNote(request: Request, note: Note): void {
  notes.set(request, note)
  pending++
}

/** Ties a note to the response it came with as well. */
export function tieNote(response: Response, note: Note): void {
  notes.set(response, note)
}

/** The note about a request, once. Costs one comparison while nothing fails. */
export function takeNote(request: Request, response?: Response): Note | undefined {
  if (pending === 0) return undefined
  const note = notes.get(request) ?? (response && notes.get(response))
  if (note === undefined || taken.has(note)) return undefined
  taken.add(note)
  pending--
  return note
}
