import { eachMapping, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { digest } from '../../src/sourcemaps/digest/digest.ts'
import { chunkAt } from '../../src/sourcemaps/digest/memory-reader.ts'
import { parseMap } from '../../src/sourcemaps/digest/raw-map.ts'
import { inflate } from '../../src/sourcemaps/inflate.ts'
import { findSegment } from '../../src/sourcemaps/segment.ts'

/** Where each segment begins, or beside it in turn. */
function* positionsOf(trace: TraceMap): Generator<{ line: number; column: number }> {
  const found: { line: number; column: number }[] = []
  eachMapping(trace, ({ generatedLine, generatedColumn }) => {
    found.push({ line: generatedLine - 1, column: generatedColumn })
  })
  for (const [i, { line, column }] of found.entries())
    yield { line, column: Math.max(0, column + (i % 3) - 1) }
}

/**
 * The positions at which the digest differs from the map.
 * @param every of so many positions one is looked at
 */
export async function differences(text: string, every = 1): Promise<unknown[]> {
  const trace = new TraceMap(JSON.parse(text) as never)
  const made = digest(parseMap(text))
  const different: unknown[] = []
  const texts = new Map<number, string>()
  let nth = 0
  for (const at of positionsOf(trace)) {
    if (nth++ % every !== 0) continue
    const right = originalPositionFor(trace, { line: at.line + 1, column: at.column })
    const place = { ...at, file: '', debugId: null, release: null, occurredAt: null }
    const row = chunkAt(made, place, 'release')
    const key = row === null ? -1 : row.line * 1e6 + row.column
    const chunk = texts.get(key) ?? (row ? await inflate(row.data) : '')
    texts.set(key, chunk)
    const own = row && findSegment(chunk, row.line, at)
    const isSame = own
      ? trace.resolvedSources[trace.sources.indexOf(own.path)] === right.source &&
        own.line + 1 === right.line &&
        (!own.inApp || (own.column === right.column && own.name === right.name))
      : !right.source
    if (!isSame) different.push({ at, right, own })
  }
  return different
}
