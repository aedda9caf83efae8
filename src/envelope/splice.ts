import { Scanner } from './_scan.ts'
import {
  concat,
  END,
  isSoleMessage,
  isValid,
  MESSAGE_PREFIX,
  NULL,
  type Shape,
  shapeOf,
} from './_shape.ts'

/**
 * The enveloped body: prefix, kept bytes of the handler's body, suffix, in one copy.
 * Null when the body goes out as it came: not one whole value, or an envelope already.
 *
 * A BOM and whitespace around the value stay where they are, so that a body is valid afterwards
 * exactly when it was before, whatever its reader thinks of a BOM. Of several `message` members the
 * last one is the message, as in `JSON.parse`, and none of them stays in the result.
 *
 * @param limit bytes; only for comparison with a stream, see `Members`.
 */
export function splice(
  status: number,
  body: Uint8Array,
  limit = Infinity,
): Uint8Array<ArrayBuffer> | null {
  const scan = new Scanner(limit)
  scan.push(body)
  if (!scan.finish() || scan.members.envelope === true || scan.start > limit) return null
  const parts = partsOf(shapeOf(status), body, scan)
  return parts && concat(parts)
}

function partsOf(shape: Shape, body: Uint8Array, scan: Scanner): Uint8Array[] | null {
  const { start, end } = scan
  const { cuts, messages } = scan.members
  const lead = body.subarray(0, start)
  const tail = body.subarray(end)
  const values = shape.moves || isSoleMessage(scan) ? pairs(body, messages) : []
  const message = values.pop()
  if (!values.every(isValid)) return null
  if (!shape.moves) return [lead, shape.prefix, message ?? body.subarray(start, end), END, tail]

  const parts = [lead, shape.prefix]
  let from = start
  for (let i = 0; i < cuts.length; i += 2) {
    parts.push(body.subarray(from, cuts[i]))
    from = cuts[i + 1] as number
  }
  parts.push(body.subarray(from, end), MESSAGE_PREFIX, message ?? NULL, END, tail)
  return parts
}

function pairs(body: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let i = 0; i < offsets.length; i += 2) found.push(body.subarray(offsets[i], offsets[i + 1]))
  return found
}
