/**
 * A backtracking matcher that counts its steps, so that tests can hold a pattern to linear time
 * without a clock. It knows the syntax of klaxon's patterns, and throws for any other.
 */

type Node =
  | { kind: 'set'; has: (unit: number) => boolean }
  | { kind: 'assert'; test: (s: string, at: number) => boolean }
  | { kind: 'sequence'; nodes: Node[] }
  | { kind: 'choice'; nodes: Node[] }
  | { kind: 'group'; index: number; node: Node }
  | { kind: 'back'; index: number }
  | { kind: 'look'; node: Node; behind: boolean; negative: boolean }
  | { kind: 'repeat'; node: Node; min: number; max: number; lazy: boolean }

export interface Steps {
  steps: number
  /** The end of the match, to compare this matcher with the real one; -1 for no match. */
  end: number
}

const parsed = new Map<string, Node>()

/** Runs `exec` at every position from `from` on (if sticky, only there) and counts steps. */
export function countSteps(pattern: RegExp, s: string, from: number): Steps {
  const id = String(pattern)
  const node = parsed.get(id) ?? parse(pattern.source, pattern.flags)
  parsed.set(id, node)
  const state = { steps: 0, groups: [] as (string | undefined)[] }
  for (let at = from; at <= s.length; at++) {
    state.groups = []
    let end = -1
    if (run(node, s, at, state, (i) => ((end = i), true))) return { steps: state.steps, end }
    if (pattern.sticky || (pattern.source.startsWith('^') && !pattern.multiline)) break
  }
  return { steps: state.steps, end: -1 }
}

interface State {
  steps: number
  groups: (string | undefined)[]
}

type Then = (at: number) => boolean

function run(node: Node, s: string, at: number, state: State, then: Then): boolean {
  state.steps++
  switch (node.kind) {
    case 'set':
      return at < s.length && node.has(s.charCodeAt(at)) && then(at + 1)
    case 'assert':
      return node.test(s, at) && then(at)
    case 'sequence': {
      const step = (i: number, place: number): boolean =>
        i === node.nodes.length
          ? then(place)
          : run(node.nodes[i]!, s, place, state, (next) => step(i + 1, next))
      return step(0, at)
    }
    case 'choice':
      return node.nodes.some((option) => run(option, s, at, state, then))
    case 'group': {
      const before = state.groups[node.index]
      const done = run(node.node, s, at, state, (end) => {
        state.groups[node.index] = s.slice(at, end)
        return then(end)
      })
      if (!done) state.groups[node.index] = before
      return done
    }
    case 'back': {
      const text = state.groups[node.index] ?? ''
      state.steps += text.length
      return s.startsWith(text, at) && then(at + text.length)
    }
    case 'look': {
      let found = false
      if (!node.behind) found = run(node.node, s, at, state, () => true)
      else {
        for (let start = at; !found && start >= 0 && start > at - 24; start--) {
          found = run(node.node, s, start, state, (end) => end === at)
        }
      }
      return found !== node.negative && then(at)
    }
    case 'repeat':
      return node.node.kind === 'set'
        ? runSet(node, node.node.has, s, at, state, then)
        : runGroup(node, s, at, state, then, 0)
  }
}

type Repeat = Extract<Node, { kind: 'repeat' }>

/** Repeats a character without a stack frame for each. */
function runSet(
  node: Repeat,
  has: (unit: number) => boolean,
  s: string,
  at: number,
  state: State,
  then: Then,
): boolean {
  const fits = (i: number): boolean => {
    state.steps++
    return i < s.length && has(s.charCodeAt(i))
  }
  let end = at
  while (end - at < node.min) if (!fits(end++)) return false
  if (node.lazy) {
    for (;;) {
      if (then(end)) return true
      if (end - at >= node.max || !fits(end)) return false
      end++
    }
  }
  while (end - at < node.max && fits(end)) end++
  for (; end >= at + node.min; end--) {
    state.steps++
    if (then(end)) return true
  }
  return false
}

function runGroup(
  node: Repeat,
  s: string,
  at: number,
  state: State,
  then: Then,
  count: number,
): boolean {
  const more = (): boolean =>
    count < node.max &&
    run(node.node, s, at, state, (next) =>
      next === at && count >= node.min ? false : runGroup(node, s, next, state, then, count + 1),
    )
  const stop = (): boolean => count >= node.min && then(at)
  return node.lazy ? stop() || more() : more() || stop()
}

const CLASSES: Record<string, (unit: number) => boolean> = {
  d: (u) => u >= 48 && u <= 57,
  w: (u) => u === 95 || (u >= 48 && u <= 57) || ((u | 32) >= 97 && (u | 32) <= 122),
  s: (u) => /\s/.test(String.fromCharCode(u)),
}

const CONTROLS: Record<string, string> = { 0: '\0', n: '\n', r: '\r', t: '\t' }

function isWord(s: string, at: number): boolean {
  return at >= 0 && at < s.length && CLASSES.w!(s.charCodeAt(at))
}

function parse(source: string, flags: string): Node {
  const fold = flags.includes('i')
  let i = 0
  let groups = 0

  const literal = (unit: number): Node => {
    const c = String.fromCharCode(unit)
    const units = fold ? [c.toLowerCase().charCodeAt(0), c.toUpperCase().charCodeAt(0)] : [unit]
    return { kind: 'set', has: (u) => units.includes(u) }
  }

  function choice(): Node {
    const nodes = [sequence()]
    while (source[i] === '|') {
      i++
      nodes.push(sequence())
    }
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes }
  }

  function sequence(): Node {
    const nodes: Node[] = []
    while (i < source.length && source[i] !== '|' && source[i] !== ')')
      nodes.push(quantified(atom()))
    return { kind: 'sequence', nodes }
  }

  function quantified(node: Node): Node {
    const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/.exec(source.slice(i))
    if (!match) return node
    i += match[0].length
    const [, sign, low, comma, high, lazy] = match
    const min = sign ? (sign === '+' ? 1 : 0) : Number(low)
    const max = sign
      ? sign === '?'
        ? 1
        : Infinity
      : comma
        ? high
          ? Number(high)
          : Infinity
        : min
    return { kind: 'repeat', node, min, max, lazy: lazy === '?' }
  }

  function atom(): Node {
    const c = source[i++]!
    if (c === '(') return group()
    if (c === '[') return { kind: 'set', has: set() }
    if (c === '.')
      return { kind: 'set', has: (u) => u !== 10 && u !== 13 && u !== 0x2028 && u !== 0x2029 }
    if (c === '^') return { kind: 'assert', test: (_, at) => at === 0 }
    if (c === '$') return { kind: 'assert', test: (s, at) => at === s.length }
    if (c !== '\\') return literal(c.charCodeAt(0))
    const next = source[i]!
    if (next === 'b' || next === 'B') {
      i++
      const edge = next === 'b'
      return { kind: 'assert', test: (s, at) => (isWord(s, at - 1) !== isWord(s, at)) === edge }
    }
    if (/[1-9]/.test(next)) {
      i++
      return { kind: 'back', index: Number(next) }
    }
    const has = escaped()
    return typeof has === 'number' ? literal(has) : { kind: 'set', has }
  }

  function group(): Node {
    const mark = /^\?(?::|<?[=!])/.exec(source.slice(i))?.[0] ?? ''
    if (source[i] === '?' && mark === '') throw new Error(`unknown group in ${source}`)
    const index = mark === '' ? ++groups : 0
    i += mark.length
    const node = choice()
    if (source[i++] !== ')') throw new Error(`open group in ${source}`)
    if (mark === '') return { kind: 'group', index, node }
    if (mark === '?:') return node
    return { kind: 'look', node, behind: mark.includes('<'), negative: mark.includes('!') }
  }

  /** After a backslash: a class, or the unit of one character. */
  function escaped(): ((unit: number) => boolean) | number {
    const c = source[i++]!
    const known = CLASSES[c.toLowerCase()]
    if (known) return c === c.toLowerCase() ? known : (u) => !known(u)
    const hex = c === 'x' ? 2 : c === 'u' ? 4 : 0
    if (hex > 0) {
      i += hex
      return parseInt(source.slice(i - hex, i), 16)
    }
    if (/[a-z]/i.test(c) && !(c in CONTROLS)) throw new Error(`unknown escape \\${c} in ${source}`)
    return (CONTROLS[c] ?? c).charCodeAt(0)
  }

  function set(): (unit: number) => boolean {
    const negative = source[i] === '^'
    if (negative) i++
    const tests: ((unit: number) => boolean)[] = []
    const one = (): ((unit: number) => boolean) | number =>
      source[i] === '\\' ? (i++, escaped()) : source.charCodeAt(i++)
    while (source[i] !== ']') {
      const low = one()
      if (typeof low !== 'number') {
        tests.push(low)
        continue
      }
      let high: ((unit: number) => boolean) | number = low
      if (source[i] === '-' && source[i + 1] !== ']') {
        i++
        high = one()
      }
      tests.push((u) => u >= low && u <= (high as number))
    }
    i++
    const has = (u: number): boolean => tests.some((test) => test(u))
    const folded = (u: number): boolean => {
      const c = String.fromCharCode(u)
      return (
        has(u) ||
        (fold && (has(c.toLowerCase().charCodeAt(0)) || has(c.toUpperCase().charCodeAt(0))))
      )
    }
    const ascii = Array.from({ length: 128 }, (_, u) => folded(u) !== negative)
    return (u) => (u < 128 ? ascii[u]! : folded(u) !== negative)
  }

  const node = choice()
  if (i !== source.length) throw new Error(`cannot read ${source} at ${i}`)
  return node
}
