import type { Context } from '../command.ts'
import type { Edit } from './plan.ts'

/** Unchanged lines shown around a change. */
const CONTEXT_LINES = 2

/** Prints an edit: removed and added lines, with some lines around them. */
export function diffOf({ path, before, after }: Edit, style: Context['style']): string {
  const isSecret = SECRET_FILES.test(path)
  const title = before === '' ? `${path} (new)` : path
  const lines = compare(linesOf(before), linesOf(after))
  const isNear = (at: number): boolean =>
    lines
      .slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1)
      .some(({ mark }) => mark !== ' ')
  let text = `${style('bold', title)}\n`
  let hasGap = false
  for (const [at, { mark, line }] of lines.entries()) {
    if (!isNear(at)) {
      hasGap = true
      continue
    }
    if (hasGap) text += '  …\n'
    hasGap = false
    const shown = `${mark} ${isSecret ? masked(line) : line}`.trimEnd()
    text += `${mark === '+' ? style('green', shown) : mark === '-' ? style('red', shown) : shown}\n`
  }
  return text
}

/** Files whose values must not appear on a screen. */
const SECRET_FILES = /^\.(?:dev\.vars|env|klaxon\.secrets)$/

function masked(line: string): string {
  return line.replace(/^([\w.]+=)"?(?!"$).+$/, '$1"…"')
}

interface Line {
  mark: ' ' | '+' | '-'
  line: string
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

/** Compares lines by their longest common subsequence. The files are short. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const common = Array.from({ length: before.length + 1 }, () =>
    Array<number>(after.length + 1).fill(0),
  )
  for (let a = before.length - 1; a >= 0; a--)
    for (let b = after.length - 1; b >= 0; b--)
      common[a]![b] =
        before[a] === after[b]
          ? common[a + 1]![b + 1]! + 1
          : Math.max(common[a + 1]![b]!, common[a]![b + 1]!)
  const lines: Line[] = []
  let a = 0
  let b = 0
  while (a < before.length || b < after.length) {
    if (a < before.length && b < after.length && before[a] === after[b]) {
      lines.push({ mark: ' ', line: before[a++]! })
      b++
    } else if (
      a < before.length &&
      (b === after.length || common[a + 1]![b]! >= common[a]![b + 1]!)
    )
      lines.push({ mark: '-', line: before[a++]! })
    else lines.push({ mark: '+', line: after[b++]! })
  }
  return lines
}
