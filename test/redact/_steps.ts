import { Session, type Profiler } from 'node:inspector'
import { countSteps } from './_regex-steps.ts'

/** String methods whose work grows with the text. */
const WALKS = [
  ...['slice', 'split', 'toLowerCase', 'normalize', 'replaceAll', 'includes'],
  ...['indexOf', 'lastIndexOf', 'startsWith', 'toWellFormed', 'charCodeAt'],
] as const

type Method = (this: string, ...given: unknown[]) => unknown
type Exec = (this: RegExp, s: string) => RegExpExecArray | null

/** The number of characters that a string method has read. */
function walked(name: (typeof WALKS)[number], text: string, given: unknown[], result: unknown) {
  if (name === 'charCodeAt') return 1
  if (name === 'startsWith') return String(given[0]).length
  if (name === 'slice') return String(result).length
  if (name === 'lastIndexOf') return text.length - Math.max(0, Number(result))
  if (name !== 'indexOf') return text.length
  const from = Number(given[1] ?? 0)
  return Math.max(1, (result === -1 ? text.length : Number(result)) - from)
}

/**
 * Counts the work of a function without a clock: how often each block of klaxon's code runs, the
 * steps of each pattern, and the characters that string methods read. It does not count patterns
 * for code points.
 */
export function stepsOf(run: () => void, folder = '/src/'): number {
  let steps = 0
  let counting = false
  const exec = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec')!.value as Exec
  RegExp.prototype.exec = function (this: RegExp, s: string) {
    const from = this.global || this.sticky ? this.lastIndex : 0
    const result = exec.call(this, s)
    // The counter uses patterns too.
    if (counting || this.unicode) return result
    counting = true
    const counted = countSteps(this, s, from)
    counting = false
    steps += counted.steps
    // The matcher must agree with the real one, else its steps mean nothing.
    const end = result === null ? -1 : result.index + result[0].length
    if (end !== counted.end)
      throw new Error(`${String(this)} at ${from}: ${end}, counted ${counted.end}`)
    return result
  }
  const strings = String.prototype as unknown as Record<string, Method>
  const methods = WALKS.map((name) => [name, strings[name]!] as const)
  for (const [name, method] of methods) {
    strings[name] = function (this: string, ...given) {
      const result = method.apply(this, given)
      if (!counting) {
        counting = true
        steps += walked(name, this, given, result)
        counting = false
      }
      return result
    }
  }
  try {
    return blocksOf(run, folder) + steps
  } finally {
    RegExp.prototype.exec = exec
    for (const [name, method] of methods) strings[name] = method
  }
}

/** How often the blocks of a folder's code run, as V8's coverage counts them. */
function blocksOf(run: () => void, folder: string): number {
  coverage ??= startCoverage()
  coverage.post('Profiler.takePreciseCoverage')
  run()
  let found: Profiler.ScriptCoverage[] = []
  coverage.post('Profiler.takePreciseCoverage', (_, taken) => {
    found = taken.result
  })
  return found
    .filter(({ url }) => url.includes(folder))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0)
}

let coverage: Session | undefined

/** Starts coverage once per process, because the start takes longer than counting. */
function startCoverage(): Session {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return session
}
