import { findNodeAtLocation, parseTree } from './vendor.ts'

interface Place {
  /** End of the last member; without members, the position of the opening bracket. */
  at: number
  isEmpty: boolean
  /** Whether it is on one line. */
  isInline: boolean
}

/**
 * Adds a value to JSON with comments: a new member of an object, or new elements of an array.
 * Existing comments and formatting stay.
 */
export function addTo(text: string, path: readonly string[], value: unknown): string {
  const root = parseTree(text, [], { allowTrailingComma: true })!
  const there = findNodeAtLocation(root, [...path])
  if (there !== undefined) {
    const items = (value as unknown[]).map((item) => ({ item }))
    return insert(text, placeOf(text, there), items)
  }
  const parent = path.length === 1 ? root : findNodeAtLocation(root, path.slice(0, -1))!
  return insert(text, placeOf(text, parent), [{ key: path.at(-1)!, item: value }])
}

function placeOf(
  text: string,
  node: { offset: number; length: number; children?: { offset: number; length: number }[] },
): Place {
  const last = node.children?.at(-1)
  const whole = text.slice(node.offset, node.offset + node.length)
  return {
    at: last === undefined ? node.offset + 1 : last.offset + last.length,
    isEmpty: last === undefined,
    isInline: !whole.includes('\n'),
  }
}

function insert(
  text: string,
  { at, isEmpty, isInline }: Place,
  members: readonly { key?: string; item: unknown }[],
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const unit = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  '
  const indent = isEmpty ? unit : /^[ \t]*/.exec(lineOf(text, at))![0]
  const written = members.map(({ key, item }) => {
    const json = isInline
      ? inline(item)
      : JSON.stringify(item, null, unit).replaceAll('\n', `${eol}${indent}`)
    return key === undefined ? json : `${JSON.stringify(key)}: ${json}`
  })
  const before = isInline ? (isEmpty ? '' : ' ') : `${eol}${indent}`
  const body = written.map((member) => before + member).join(',')
  if (isEmpty) return text.slice(0, at) + body + text.slice(at)
  // An existing trailing comma stays last. A comment stays on its line.
  const comma = commaAfter(text, at)
  const end = comma === -1 ? at : comma + 1
  const comment = isInline
    ? 0
    : /^(?:[ \t]*(?:\/\/[^\r\n]*|\/\*.*?\*\/))?/.exec(text.slice(end))![0].length
  const head = `${text.slice(0, end)}${comma === -1 ? ',' : ''}${text.slice(end, end + comment)}`
  return `${head}${body}${comma === -1 ? '' : ','}${text.slice(end + comment)}`
}

/** Prints `{ "a": 1 }` on one line. */
function inline(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']')
}

function lineOf(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at)
}

/** The trailing comma after the last member, perhaps with comments before it. */
function commaAfter(text: string, at: number): number {
  const gap = /^(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/.exec(text.slice(at))![0].length
  return text[at + gap] === ',' ? at + gap : -1
}
