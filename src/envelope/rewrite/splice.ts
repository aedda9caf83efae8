import type { Scanner } from '../json/scanner.ts'
import { decodeWithBom } from '../../util/utf8.ts'
import { isOnlyMessage, isValid, shapeOf } from './shape.ts'

/** The start and end of bytes of the handler's body. */
interface Range {
  from: number
  to: number
}

/** A constant in ASCII, or a part of the handler's body. */
type Piece = string | Range

/**
 * Makes the enveloped body in one copy: prefix, kept bytes of the handler's body, suffix.
 * null when the body must not change: it is not one whole value, or an envelope already.
 *
 * A BOM and whitespace around the value stay in place, so that a valid body stays valid, and an
 * invalid one invalid. Of several `message` members the last one counts, as in `JSON.parse`, and
 * none stays in the result.
 *
 * @param scan a scanner that has read this body alone
 */
export function splice(
  status: number,
  body: Uint8Array,
  scan: Scanner,
): Uint8Array<ArrayBuffer> | null {
  const pieces = piecesOf(status, body, scan)
  if (pieces === null) return null
  let length = 0
  for (const piece of pieces)
    length += typeof piece === 'string' ? piece.length : piece.to - piece.from
  const out = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      out.set(body.subarray(piece.from, piece.to), at)
      at += piece.to - piece.from
    } else for (let i = 0; i < piece.length; i++) out[at++] = piece.charCodeAt(i)
  }
  return out
}

/**
 * Makes the enveloped text of a body whose text is known.
 * @param body the bytes of `text`
 */
export function spliceText(
  status: number,
  text: string,
  body: Uint8Array,
  scan: Scanner,
): string | null {
  // In ASCII text, each character is one byte.
  if (text.length !== body.length) {
    const spliced = splice(status, body, scan)
    return spliced && decodeWithBom(spliced)
  }
  const pieces = piecesOf(status, body, scan)
  if (pieces === null) return null
  let out = ''
  for (const piece of pieces)
    out += typeof piece === 'string' ? piece : text.slice(piece.from, piece.to)
  return out
}

function piecesOf(status: number, body: Uint8Array, scan: Scanner): Piece[] | null {
  const { members } = scan
  if (!scan.finish() || members.envelope === true || scan.start > members.limit) return null
  const { prefix, moves } = shapeOf(status)
  const { start, end } = scan
  const { cuts } = members
  const values = moves || isOnlyMessage(scan) ? rangesOf(members.messages) : []
  const message = values.pop()
  if (!values.every(({ from, to }) => isValid(body.subarray(from, to)))) return null
  const pieces: Piece[] = [{ from: 0, to: start }, prefix]
  let from = start
  if (moves) {
    for (let i = 0; i < cuts.length; i += 2) {
      pieces.push({ from, to: cuts[i] as number })
      from = cuts[i + 1] as number
    }
    pieces.push({ from, to: end }, ',"message":', message ?? 'null')
  } else pieces.push(message ?? { from: start, to: end })
  pieces.push('}', { from: end, to: body.length })
  return pieces
}

function rangesOf(offsets: readonly number[]): Range[] {
  const found: Range[] = []
  for (let i = 0; i < offsets.length; i += 2)
    found.push({ from: offsets[i] as number, to: offsets[i + 1] as number })
  return found
}
