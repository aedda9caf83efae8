import { createRedactor } from '../redact/redactor.ts'
import type { Store } from '../model/store.ts'
import type { PageReader } from '../read/types.ts'
import {
  type DashboardAuth,
  type DashboardInput,
  type DashboardOptions,
  faultOf,
} from './options.ts'
import { MINUTE_MS } from '../util/time-units.ts'

/** Valid options, and the objects that are made of them once. */
export interface DashboardSetup {
  options: DashboardOptions
  auth: DashboardAuth
  reader: PageReader
  /** Redacts lines of source before they are shown. */
  redact: (text: string) => string
}

const MAX_LINE_BYTES = 640

/** Makes the reader. null for a store that this build cannot read. */
export type ReaderOf = (store: Store) => PageReader | null

/**
 * Makes the setup of a request's env, once per env. It fails closed: invalid options give no setup,
 * and one log line a minute says why.
 */
export function setups(
  input: DashboardInput,
  readerOf: ReaderOf,
): (env: unknown) => DashboardSetup | null {
  const known = new WeakMap<object, DashboardSetup>()
  let toldAt = 0

  function make(env: unknown): DashboardSetup | null {
    let fault: string | null
    try {
      const options = typeof input === 'function' ? input(env) : input
      fault = faultOf(options)
      const reader = fault === null ? readerOf(options.store) : null
      if (reader !== null) return setupOf(options, reader)
      fault ??= 'option `store` must be d1(), libsql() or another store on SQL in a Worker'
    } catch (error) {
      fault = `the options function threw ${error instanceof Error ? error.name : typeof error}`
    }
    if (Date.now() - toldAt >= MINUTE_MS) {
      toldAt = Date.now()
      console.warn(
        JSON.stringify({
          klaxon: 'warning',
          topic: 'dashboard',
          message: `klaxon: dashboard(): ${fault}; every page is a 404 until then`,
        }),
      )
    }
    return null
  }

  return (env) => {
    const key = typeof env === 'object' && env !== null && typeof input === 'function' ? env : input
    let setup = known.get(key)
    if (setup !== undefined) return setup
    const made = make(env)
    if (made !== null) known.set(key, (setup = made))
    return made
  }
}

function setupOf(options: DashboardOptions, reader: PageReader): DashboardSetup {
  const redactor = createRedactor(undefined, options.store.secrets ?? [])
  return {
    options,
    auth: options.auth!,
    reader,
    redact: (text) => redactor.text(text, MAX_LINE_BYTES),
  }
}
