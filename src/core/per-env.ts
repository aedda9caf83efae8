import { KlaxonError } from './errors.ts'
import { createLogger } from './log.ts'
import type { KlaxonOptions } from './options.ts'
import { createRedactor } from './redact.ts'
import { clock } from './seam.ts'
import { processEnv } from './setup.ts'
import { describe } from './thrown.ts'

/**
 * Resolves a function of env once per env. A failure is told, and the defaults take the place of what could not be
 * had, so that the handler's response goes out and its failures are at least logged.
 */
export function perEnv<T>(
  input: (env: unknown) => KlaxonOptions,
  resolve: (options: KlaxonOptions, env: unknown) => T,
): (second: unknown) => T {
  const known = new WeakMap<object, { value: T }>()
  let lastEnv: unknown
  let last: { value: T } | undefined
  // One for all: a host that makes an env for every request must not have a line for each.
  const logger = createLogger(console, clock, (s, max) =>
    createRedactor(undefined, []).text(s, max),
  )

  function make(env: unknown): T {
    try {
      return resolve(input(env), env)
    } catch (error) {
      const own = error instanceof KlaxonError
      const message = own ? error.message : `the options function threw ${describe(error).name}`
      logger.trouble('options', message)
      return resolve({}, env)
    }
  }

  return (second) => {
    if (last !== undefined && second === lastEnv) return last.value
    const env = isBindings(second) ? second : (processEnv() ?? lastResort)
    let entry = known.get(env)
    if (entry === undefined) known.set(env, (entry = { value: make(env) }))
    lastEnv = second
    last = entry
    return entry.value
  }
}

/** Stands for the env of a host that has none. */
const lastResort = {}

/** Whether a handler's second argument holds bindings, and is not a host's own server object. */
function isBindings(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !('remoteAddr' in value || 'requestIP' in value || 'incoming' in value)
}
