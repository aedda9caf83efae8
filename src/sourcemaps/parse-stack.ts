/** The kind of a stack's line. `code` and `eval` have a place that a source map may know. */
export type FrameKind = 'code' | 'eval' | 'runtime' | 'native' | 'wasm' | 'promise' | 'other'

/** A line of a stack as the engine wrote it. */
export interface ParsedFrame {
  raw: string
  kind: FrameKind
  function: string | null
  isAsync: boolean
  isConstructor: boolean
  /** Whether V8's format is used. Other engines count columns differently. */
  isV8: boolean
  file: string | null
  /** From 1. */
  line: number | null
  /** From 1. */
  column: number | null
}

/** Characters of a line at most. No engine writes longer frames for code. */
const MAX_STACK_LINE_LENGTH = 4_096
const V8_FRAME = /^ {4}at /
/** JavaScriptCore and SpiderMonkey: `load@https://x.dev/a.js:1:2`. */
const AT_FRAME = /^[^@]*@\S+:\d{1,9}:\d{1,9}$/
const LINE_AND_COLUMN = /:(\d{1,9}):(\d{1,9})$/
const RUNTIME_FILE =
  /^(?:node|cloudflare|(?:node|cloudflare)-internal|workerd|internal|ext|bun|native)(?::|$)/
/** The mark that capture appends to a cut stack. */
const CUT_MARK = '[cut]'

/**
 * The frames of a stack: its last run of lines that are frames. The text before them is the
 * message, whatever it looks like.
 * @param head `name: message`, if known. The frames of a stack that begins with it come after it
 */
export function parseStack(stack: string, head = ''): ParsedFrame[] {
  const lines = (head !== '' && stack.startsWith(head) ? stack.slice(head.length) : stack).split(
    '\n',
  )
  const v8 = lastRun(lines, (line) => V8_FRAME.test(line))
  if (v8.length > 0) return v8.map(parseFrame)
  return lastRun(lines, (line) => line.length <= MAX_STACK_LINE_LENGTH && AT_FRAME.test(line)).map(
    parseAtFrame,
  )
}

function lastRun(lines: readonly string[], isFrame: (line: string) => boolean): string[] {
  const isWhole = (line: string): boolean => isFrame(line) && !line.endsWith(CUT_MARK)
  let end = lines.length
  while (end > 0 && !isWhole(lines[end - 1]!)) end--
  let start = end
  while (start > 0 && isWhole(lines[start - 1]!)) start--
  return lines.slice(start, end)
}

/** Parses one line of a stack in the format of V8, which Bun uses too. */
export function parseFrame(raw: string): ParsedFrame {
  let text = raw.trim().replace(/^at /, '')
  const frame: ParsedFrame = { ...NOTHING, raw }
  if (raw.length > MAX_STACK_LINE_LENGTH) return frame
  if (text.startsWith('async ')) {
    frame.isAsync = true
    text = text.slice(6)
  }
  if (/^Promise\.\w+ \(index \d+\)$/.test(text))
    return { ...frame, kind: 'promise', function: text }
  if (text.startsWith('new ')) {
    frame.isConstructor = true
    text = text.slice(4)
  }
  const { name, place } = splitPlace(text)
  frame.function = name
  if (place.startsWith('eval at ')) return evalFrame(frame, place)
  if (place.includes('wasm://') || place.includes('wasm-function'))
    return { ...frame, kind: 'wasm' }
  const at = LINE_AND_COLUMN.exec(place)
  if (!at) {
    const isNative = /^(?:native$|<anonymous>|unknown$)/.test(place)
    return { ...frame, kind: isNative ? 'native' : 'other', function: name ?? text }
  }
  return placed(frame, place.slice(0, at.index), at)
}

const NOTHING: ParsedFrame = {
  raw: '',
  kind: 'other',
  function: null,
  isAsync: false,
  isConstructor: false,
  isV8: true,
  file: null,
  line: null,
  column: null,
}

function placed(frame: ParsedFrame, file: string, [, line, column]: RegExpExecArray): ParsedFrame {
  const kind = RUNTIME_FILE.test(file) ? 'runtime' : 'code'
  return { ...frame, kind, file, line: Number(line), column: Number(column) }
}

/**
 * Splits `name (place)`, or a place alone. Parentheses are matched, because file names contain
 * some too.
 */
function splitPlace(text: string): { name: string | null; place: string } {
  if (!text.endsWith(')')) return { name: null, place: text }
  let depth = 0
  let open = text.length - 1
  for (; open >= 0; open--) {
    if (text[open] === ')') depth++
    else if (text[open] === '(' && --depth === 0) break
  }
  if (open < 0) open = text.indexOf('(')
  if (open < 0 || (open > 0 && text[open - 1] !== ' ')) open = text.indexOf(' (') + 1
  if (open === 0 && text[0] !== '(') return { name: null, place: text }
  return { name: text.slice(0, open).trim() || null, place: text.slice(open + 1, -1) }
}

/**
 * Parses `eval at outer (index.js:1:2), <anonymous>:1:1`. Only the place of the outermost eval is
 * in the bundle.
 */
function evalFrame(frame: ParsedFrame, place: string): ParsedFrame {
  const outer = place.slice(place.lastIndexOf('eval at '))
  const end = outer.indexOf('), ')
  const inner = splitPlace(end < 0 ? outer : outer.slice(0, end + 1)).place
  const at = LINE_AND_COLUMN.exec(inner)
  return at
    ? { ...placed(frame, inner.slice(0, at.index), at), kind: 'eval' }
    : { ...frame, kind: 'eval' }
}

function parseAtFrame(raw: string): ParsedFrame {
  const split = raw.indexOf('@')
  const place = raw.slice(split + 1)
  const at = LINE_AND_COLUMN.exec(place)!
  const frame = { ...NOTHING, raw, isV8: false, function: raw.slice(0, split) || null }
  return placed(frame, place.slice(0, at.index), at)
}

/** Path segments that are compared at most. */
const MAX_SUFFIX_SEGMENTS = 8

/**
 * Names under which the frame's file may have been uploaded, longest first: `dist/assets/x.js`,
 * `assets/x.js`, `x.js` of `file:///app/dist/assets/x.js`. The `index.js` of an installed package
 * is not the app's.
 */
export function fileSuffixes(file: string): string[] {
  const isUrl = /^[a-z][\w+.-]+:\/\//i.test(file)
  const path = file
    .replace(/^[a-z][\w+.-]+:\/\/[^/]*/i, '')
    .replace(isUrl ? /[?#].*$/s : /\?.*$/s, '')
  const parts = decoded(path, isUrl)
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  const installed = parts.lastIndexOf('node_modules')
  const end = installed < 0 ? parts.length : installed + 1
  return parts
    .slice(0, end)
    .map((_, i) => parts.slice(i).join('/'))
    .slice(-MAX_SUFFIX_SEGMENTS)
}

function decoded(path: string, isUrl: boolean): string {
  if (!isUrl || !path.includes('%')) return path
  try {
    return decodeURI(path)
  } catch {
    // The percent sign encodes nothing: it is part of the name.
    return path
  }
}
