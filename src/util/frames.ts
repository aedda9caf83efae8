/** The start of a line that a stack parser reads as a frame. */
const LIKE_FRAME = /\n([ \t]*)(?=at )/g
/**
 * A frame of klaxon, as V8 or JavaScriptCore prints it, or the function's name alone. These are the
 * functions that call a handler. A bundler may add a number.
 */
export const KLAXON_FRAME =
  /(?:^|[ .])klaxon(?:ClassMethod|Event|Fetch|FetchWithContext|Handler|Intake|Middleware|RunWithContext|Settle|TargetMethod)\d*(?: [([]|@|$)/
/** Characters of a function's name at least. A minifier makes shorter names. */
export const MIN_FUNCTION_NAME_LENGTH = 4
const IS_FRAME = /^[ \t]*at /
/** Characters of a stack that are read. An occurrence keeps less than half of them. */
const MAX_READ_STACK_LENGTH = 65_536
/** Characters of the error's name, which stands before the message in a stack. */
const MAX_ERROR_NAME_LENGTH = 512

/**
 * Marks lines of the message that look like frames, so that a message cannot forge frames: `    |
 * at evil (worker.js:1:100)`. When the stack does not contain the message, only its last run of
 * frames counts as frames.
 */
export function markFalseFrames(stack: string, message: string): string {
  const s = stack.slice(0, MAX_READ_STACK_LENGTH)
  const end = messageEnd(s, message)
  const head = s.slice(0, end)
  return head.includes('\n') ? head.replace(LIKE_FRAME, '\n$1| ') + s.slice(end) : stack
}

/**
 * The end of the message in the stack. The message stands alone or after the error's name. When it
 * does not occur, the start of the last run of frames.
 */
function messageEnd(s: string, message: string): number {
  const known = message.slice(0, MAX_READ_STACK_LENGTH / 2)
  const after = s.slice(0, MAX_ERROR_NAME_LENGTH + known.length).indexOf(`: ${known}`)
  for (const at of [s.startsWith(known) ? 0 : -1, after < 0 ? -1 : after + 2]) {
    const end = at + known.length
    if (at < 0 || known === '') continue
    if (known.length < message.length) return s.length
    if (s[end] === '\n' || end === s.length) return end
  }
  return lastRun(s)
}

/** The start of the last run of frames; 0 for a stack without frames. */
function lastRun(s: string): number {
  let start = 0
  for (let end = s.length; end > 0;) {
    const line = s.lastIndexOf('\n', end - 1)
    if (IS_FRAME.test(s.slice(line + 1, end))) start = Math.max(0, line)
    else if (start > 0) return start
    end = line
  }
  return start
}
