import type { Context } from '../../command.ts'

/** ms between two lines without a terminal that can rewrite one. */
const LINE_MS = 5_000

export interface Progress {
  /** Shows the current work. A line replaces the previous one of the same work. */
  say(text: string): void
  end(): void
}

/** Shows progress on stderr: one changing line on a terminal, otherwise a line now and then. */
export function progressOf(context: Context): Progress {
  const { isTTY, columns } = context
  let last = Date.now()
  let isOpen = false
  return {
    say(text) {
      if (isTTY.stderr) {
        context.stderr(`\r\u001b[K${text.slice(0, columns - 1)}`)
        isOpen = true
      } else if (Date.now() - last >= LINE_MS) {
        last = Date.now()
        context.stderr(`${text}\n`)
      }
    },
    end() {
      if (isOpen) context.stderr('\r\u001b[K')
      isOpen = false
    },
  }
}
