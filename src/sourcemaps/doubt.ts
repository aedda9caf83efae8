import type { FoundFrame } from './frame.ts'
import { MIN_FUNCTION_NAME_LENGTH } from '../util/frames.ts'

/** Lines around a frame in which its call should name the called function. */
const NEAR_LINES = 5
/** Names that bundlers give to modules and their default exports. */
const BUNDLER_NAME = /^(?:__|init_|require_)|_default\d*$/
/** Weight of a name as a sign. A missing name is hardly ever chance. */
const NAME_WEIGHT = 2
const MIN_WEIGHT = 3
/** Unmapped frames from which a stack is doubted, when no frame has a good sign. */
const MIN_UNMAPPED = 2

/**
 * Whether the maps seem to be another build's. Nothing else shows it: a wrong map has an answer for
 * nearly every position. A right one has these signs: the position of a call or a throw begins a
 * segment (97 in 100 frames by the maps of esbuild and rolldown, 92 by those of swc, 35 by the map
 * of a near build), and the caller's lines name the function that was called (84 of 84, near build
 * 3 of 18).
 * @param texts the lines of sources by hash, as far as they were read
 * @param runtime Bun's columns are a few characters off
 */
export function isDoubtful(
  stack: readonly FoundFrame[],
  texts: ReadonlyMap<string, readonly string[]>,
  runtime: string | null,
): boolean {
  let good = 0
  let bad = 0
  let unmapped = 0
  const sign = (isGood: boolean, weight: number): void => {
    if (isGood) good += weight
    else bad += weight
  }
  stack.forEach(({ original, parsed, frame }, i) => {
    if (frame.state === 'no segment') unmapped++
    if (!original?.inApp) return
    // Only indentation stands before a line's first segment, so a position there proves nothing.
    const isKnown = parsed.isV8 && runtime !== 'bun' && (original.exact || original.segment > 0)
    if (isKnown) sign(original.exact, 1)
    const lines = texts.get(original.hash ?? '')
    if (!lines) return
    const first = Math.max(0, original.line - (NEAR_LINES >> 1))
    const callee = originalName(stack[i - 1]?.parsed.function)
    if (callee !== null) {
      const isNamed = includes(lines.slice(first, first + NEAR_LINES), callee)
      // An async frame has the position of its `await`, which may differ from that of the call.
      if (isNamed || !parsed.isAsync) sign(isNamed, NAME_WEIGHT)
    }
    const own = originalName(parsed.function)
    if (own !== null && !includes(lines, own)) bad += NAME_WEIGHT
  })
  if (good === 0 && unmapped >= MIN_UNMAPPED && unmapped * 2 > stack.length) return true
  return bad >= MIN_WEIGHT && bad >= good
}

/**
 * The last part of a function's name, or null for a minifier's name. Bundlers append digits to
 * names that clash.
 */
function originalName(name: string | null | undefined): string | null {
  if (!name || /[[<]/.test(name) || BUNDLER_NAME.test(name)) return null
  const last = /[\w$]+$/.exec(name)?.[0].replace(/\d+$/, '') ?? ''
  return last.length < MIN_FUNCTION_NAME_LENGTH ? null : last
}

function includes(lines: readonly string[], name: string): boolean {
  return lines.some((line) => line.includes(name))
}
