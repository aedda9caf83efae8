import type { Hints } from './occurrence.ts'

/** What a framework tells about an error that it turned into a response by itself. */
export interface Note {
  error: unknown
  /** Whether the framework answered by its own default and not by the user's error handler. */
  builtin: boolean
  hints: Hints
  /** The answer that the error carries, where it stands in the place of the framework's default. */
  carried?: Response | undefined
  /** What stands there otherwise. While it is the very same object, no one has put an answer of their own in its place. */
  standIn?: Response | undefined
  /** What it is filed under. */
  keys?: object[] | undefined
}

/**
 * By request, and by response for where the request was replaced on its way. What is taken is removed from here: V8's young
 * collections take the values of an old WeakMap for alive, and these hold the whole request.
 */
const notes = new WeakMap<object, Note>()
let pending = 0

/** A second note about a request is of what its error handler has thrown: the first error is kept in it. */
export function leaveNote(request: Request, note: Note): void {
  const first = notes.get(request)
  if (first === undefined) pending++
  else {
    note.hints.before = first.hints.before ?? first.error
    note.keys = first.keys
  }
  file(request, note)
}

/** Ties a note to the response it came with as well. */
export function tieNote(response: Response, note: Note): void {
  file(response, note)
}

function file(key: object, note: Note): void {
  notes.set(key, note)
  ;(note.keys ??= []).push(key)
}

/** The note about a request, once. Costs one comparison while nothing fails. */
export function takeNote(request: Request, response?: Response): Note | undefined {
  if (pending === 0) return undefined
  const note = notes.get(request) ?? (response && notes.get(response))
  if (note === undefined) return undefined
  for (const key of note.keys ?? []) notes.delete(key)
  pending--
  return note
}
