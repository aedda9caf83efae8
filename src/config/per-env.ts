import { KlaxonError } from '../model/klaxon-error.ts'
import { createLogger } from './logger.ts'
import type { KlaxonOptions } from './options.ts'
import { createRedactor } from '../redact/redactor.ts'
import { clock, faultName } from '../util/guards.ts'
import { processEnv } from './setup.ts'

/**
 * Envs whose members are compared. A host that copies its env for each request has one env, or a
 * few.
 */
const MAX_COMPARED_ENVS = 8

interface Resolved<T> {
  value: T
  /** The members of the env that it was resolved for. */
  members: readonly (readonly [string, unknown])[]
}

/**
 * Calls the options function once per env. Envs are the same by identity or by equal members,
 * because some hosts copy their env for each request. It never throws: an error is logged and the
 * defaults apply, so that failures are at least logged.
 */
export function perEnv<T>(
  input: (env: unknown) => KlaxonOptions,
  resolve: (options: KlaxonOptions, env: unknown) => T,
): (env: unknown) => T {
  const known = new WeakMap<object, Resolved<T>>()
  const compared: Resolved<T>[] = []
  let latestEnv: unknown
  let latest: Resolved<T> | undefined
  // One logger for all envs: a host that makes an env for every request must not get a line for
  // each.
  const logger = createLogger(console, clock, (s, max) =>
    createRedactor(undefined, []).text(s, max),
  )

  function make(env: unknown): T {
    try {
      return resolveWhatFits(input(env), env)
    } catch (error) {
      const isKlaxonError = error instanceof KlaxonError
      const message = isKlaxonError
        ? error.message
        : `the options function threw ${faultName(error)}`
      logger.warn('options', message)
      return resolve({}, undefined)
    }
  }

  /**
   * Leaves a bad option out and keeps the others. A bad `redact` leaves out all, because nothing
   * may be stored unredacted.
   */
  function resolveWhatFits(options: KlaxonOptions, env: unknown): T {
    try {
      return resolve(options, env)
    } catch (error) {
      const option = error instanceof KlaxonError ? error.option : undefined
      if (option === undefined || option === 'redact' || !(option in options)) throw error
      const { [option as 'store']: _, ...others } = options
      logger.warn(`option ${option}`, `${(error as KlaxonError).message}; it is left out`)
      return resolveWhatFits(others, env)
    }
  }

  function find(env: object): Resolved<T> {
    const members = membersOf(env)
    const equal = compared.find((each) => haveEqualMembers(each.members, members))
    if (equal !== undefined) return equal
    const made = { value: make(env), members }
    // An env without visible members, such as a Proxy, is compared by identity alone.
    if (members.length > 0) compared.push(made)
    if (compared.length > MAX_COMPARED_ENVS) compared.shift()
    return made
  }

  return (given) => {
    if (latest !== undefined && given === latestEnv) return latest.value
    const env = isBindings(given) ? given : ((processEnv() ?? NO_ENV) as object)
    let resolved = known.get(env)
    if (resolved === undefined) known.set(env, (resolved = find(env)))
    latestEnv = given
    latest = resolved
    return resolved.value
  }
}

/** Stands for the env of a host that has none. */
const NO_ENV = {}

function membersOf(env: object): [string, unknown][] {
  try {
    return Object.entries(env)
  } catch {
    // A Proxy may refuse to list its members.
    return []
  }
}

function haveEqualMembers(one: Resolved<unknown>['members'], two: Resolved<unknown>['members']) {
  return (
    one.length === two.length &&
    one.every(([key, value], at) => two[at]![0] === key && Object.is(two[at]![1], value))
  )
}

/**
 * Whether a handler's second argument contains bindings. Some hosts pass their server object there.
 */
function isBindings(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  try {
    return !('remoteAddr' in value || 'requestIP' in value || 'incoming' in value)
  } catch {
    // No host's server object throws here.
    return true
  }
}
