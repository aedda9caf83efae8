import type { FoundFrame } from './frame.ts'
import { inflate } from './inflate.ts'
import type { SourceMapReader } from './reader.ts'

export interface ContextOptions {
  /** Source lines per frame. 0 reads nothing. */
  context: number
  redact: ((text: string) => string) | undefined
}

/** Characters of a line of context. */
const MAX_CONTEXT_LINE_LENGTH = 160

/**
 * Adds source lines to each frame of the app's own code.
 * @returns the lines of the stored sources, by hash
 */
export async function addContext(
  frames: readonly FoundFrame[],
  reader: SourceMapReader,
  { context, redact = (text) => text }: ContextOptions,
): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>()
  if (context <= 0) return texts
  const hashes = new Set(frames.flatMap(({ original }) => (original?.inApp && original.hash) || []))
  const rows = await reader.sources([...hashes])
  await Promise.all(
    Array.from(rows, async ([hash, data]) => {
      // The row is damaged. Its frames keep their places and get no lines.
      const text = await inflate(data).catch(() => null)
      if (text !== null) texts.set(hash, linesOf(text))
    }),
  )
  for (const { frame, original, text } of frames) {
    const lines = (text === null ? null : linesOf(text)) ?? texts.get(original?.hash ?? '')
    if (!lines || !frame.inApp || frame.line === null || frame.line > lines.length) continue
    const first = Math.max(0, frame.line - 1 - (context >> 1))
    const around = redactLines(lines.slice(first, first + context), redact)
    frame.context = {
      first: first + 1,
      lines: around.map((line) => line.slice(0, MAX_CONTEXT_LINE_LENGTH)),
    }
  }
  return texts
}

/**
 * Redacts lines as one text, because a key may span several lines. The number of lines stays the
 * same.
 */
function redactLines(lines: readonly string[], redact: (text: string) => string): string[] {
  const whole = redact(lines.join('\n')).split('\n')
  if (whole.length === lines.length) return whole
  const clean = new Set(whole)
  return lines.map((line) => (clean.has(line) ? line : '[Filtered]'))
}

function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r\n?|\n/)
}
