import { expect, test } from 'vitest'
import { leaveNote, type Note, takeNote, tieNote } from '../../src/core/notes.ts'

function left(error: unknown) {
  const request = new Request('http://x/')
  const response = new Response('x', { status: 500 })
  const note: Note = { error, builtin: true, hints: {} }
  leaveNote(request, note)
  tieNote(response, note)
  return { request, response, note }
}

test.each(['request', 'response'] as const)(
  'a note that was taken by its %s is filed under neither any more',
  (by) => {
    // As long as one waits, all are looked for.
    const other = left('other')
    const { request, response, note } = left('first')
    const stranger = new Request('http://x/')
    const taken = by === 'request' ? takeNote(request) : takeNote(stranger, response)
    expect(taken).toBe(note)
    expect(takeNote(request)).toBeUndefined()
    expect(takeNote(stranger, response)).toBeUndefined()
    expect(takeNote(other.request)).toBe(other.note)
  },
)

test('a second note about a request takes the place of the first, and knows of it', () => {
  const other = left('other')
  const { request, response } = left('first')
  const second: Note = { error: 'second', builtin: false, hints: {} }
  leaveNote(request, second)
  expect(takeNote(request)).toBe(second)
  expect(second.hints.before).toBe('first')
  expect(takeNote(request, response)).toBeUndefined()
  expect(takeNote(other.request)).toBe(other.note)
})
