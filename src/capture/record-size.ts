import { MAX_OCCURRENCE_BYTES, MAX_STACK_BYTES } from '../model/limits.ts'
import type { Occurrence } from '../model/occurrence.ts'
import { byteLength, cutBytes, MAX_UNIT_BYTES } from '../util/safe-text.ts'

/**
 * Cuts of an occurrence above the cap, in order, until it fits. The least telling parts go first.
 */
const CUTS: readonly ((o: Occurrence) => void)[] = [
  (o) => {
    if (o.causes !== null) o.causes = o.causes.map((cause) => ({ ...cause, stack: null }))
  },
  (o) => {
    if (o.extra !== null) o.extra = { cut: 'the record was over 32 KB' }
  },
  (o) => {
    o.breadcrumbs = null
    o.context = null
    o.debugIds = null
  },
  (o) => {
    o.errorStack = o.errorStack === null ? null : cutBytes(o.errorStack, MAX_STACK_BYTES / 2)
  },
  (o) => {
    o.causes = o.causes?.slice(0, 2) ?? null
  },
  (o) => {
    o.headers = null
  },
  (o) => {
    o.errorStack = null
  },
]

/**
 * Cuts an occurrence to 32 KB. Most are so short that their bytes need not be counted.
 * @returns its size in characters
 */
export function capRecord(o: Occurrence): number {
  const size = weigh(o)
  if (size * MAX_UNIT_BYTES <= MAX_OCCURRENCE_BYTES) return size
  for (const cut of CUTS) {
    if (byteLength(JSON.stringify(o)) <= MAX_OCCURRENCE_BYTES) break
    cut(o)
  }
  return weigh(o)
}

/** The approximate size of an occurrence in characters: its texts, and a constant for the rest. */
function weigh(o: Occurrence): number {
  let size =
    600 +
    o.path.length +
    (o.query?.length ?? 0) +
    (o.errorMessage?.length ?? 0) +
    (o.errorStack?.length ?? 0)
  size += o.userAgent?.length ?? 0
  for (const cause of o.causes ?? [])
    size += cause.name.length + cause.message.length + (cause.stack?.length ?? 0)
  for (const name in o.headers) size += name.length + o.headers[name]!.length
  for (const each of [o.extra, o.context, o.breadcrumbs, o.debugIds])
    if (each !== null) size += JSON.stringify(each).length
  return size
}
