import { visible } from '../util/safe-text.ts'
import type { Frame } from './frame.ts'

export interface FormatOptions {
  /**
   * Whether frames of libraries and of the runtime are shown. If not, a line gives their number.
   * @default true
   */
  libraries?: boolean
}

/**
 * Frames as text for a terminal or a message: the app's own frames are marked, and have their lines
 * below.
 * @example
 * format(frames, { libraries: false })
 * //   > Gateway.capture (src/pay/gateway.ts:17:13)
 * //         16 |       // the line that fails
 * //     →   17 |       throw new TypeError(`Cannot charge ${card.cents} cents`)
 * //         18 |     }
 * //     3 library frames
 */
export function format(frames: readonly Frame[], { libraries = true }: FormatOptions = {}): string {
  const lines: string[] = []
  let hidden = 0
  const close = (): void => {
    if (hidden > 0) lines.push(`    ${hidden} library frame${hidden === 1 ? '' : 's'}`)
    hidden = 0
  }
  for (const frame of frames) {
    if (!libraries && !frame.inApp) {
      hidden++
      continue
    }
    close()
    lines.push(`  ${frame.inApp ? '>' : ' '} ${describe(frame)}`)
    lines.push(...contextOf(frame))
  }
  close()
  return lines.join('\n')
}

/**
 * Frames as an engine writes them, `    at capture (src/pay/gateway.ts:17:13)`, for what expects a
 * stack.
 */
export function formatStack(frames: readonly Frame[]): string {
  return frames.map((frame) => `    at ${describe(frame)}`).join('\n')
}

function describe(frame: Frame): string {
  const { file, line, column, isAsync, isConstructor } = frame
  if (!hasPlace(frame)) return visible(frame.raw.trim().replace(/^at /, ''))
  const place = `${file}:${line}${column === null ? '' : `:${column}`}`
  const name = frame.function
  const text = name === null ? place : `${isConstructor ? 'new ' : ''}${name} (${place})`
  return visible(`${isAsync ? 'async ' : ''}${text}`)
}

function hasPlace({ state, file, line }: Frame): boolean {
  const isMapped = state === 'mapped' || state === 'guessed' || state === 'doubtful'
  return (isMapped || state === 'source') && file !== null && line !== null
}

function contextOf({ context, line }: Frame): string[] {
  if (!context) return []
  return context.lines.map((text, i) => {
    const number = context.first + i
    const mark = number === line ? '→' : ' '
    return `    ${mark} ${String(number).padStart(4)} | ${visible(text.replaceAll('\t', '  '))}`
  })
}
