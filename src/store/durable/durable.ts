import type { Store } from '../../model/store.ts'
import { badOption } from '../sql/bad-option.ts'
import { transactionStore } from '../sql/create-store.ts'
import type { KlaxonRpc, Outcome } from './_object.ts'

export { KlaxonStore } from './_object.ts'
export { migrate } from '../sql/migrate.ts'

/**
 * The part of a binding of KlaxonStore that klaxon uses. `DurableObjectNamespace` of `wrangler
 * types` fits.
 */
export interface NamespaceLike {
  idFromName(name: string): unknown
  get(id: never): unknown
}

/** Options of `durable()`. */
export interface DurableOptions {
  /** The binding of KlaxonStore, such as `env.KLAXON`. */
  namespace: NamespaceLike
  /**
   * Name of the object. Each name is a separate database.
   * @default "klaxon"
   */
  name?: string
  /**
   * Creates the tables when the first one is missing.
   * @default true
   */
  migrate?: boolean
}

/** SQLite in a Durable Object takes 2 MB for a text or blob. */
const DURABLE_LIMITS = { parameterBytes: 1_900_000 }

/**
 * Makes a store in a Durable Object. It needs no database outside the Worker.
 * @example
 * export { KlaxonStore } from 'klaxon/durable'
 * export default withKlaxon(app, (env) => ({ store: durable({ namespace: env.KLAXON }) }))
 * @throws KlaxonError for an option that cannot work
 */
export function durable(options: DurableOptions): Store {
  const { namespace, name = 'klaxon', migrate } = check(options)
  // Made for each call, because a stub belongs to the request that made it.
  const object = (): KlaxonRpc => namespace.get(namespace.idFromName(name) as never) as KlaxonRpc
  return transactionStore({
    name: 'durable',
    batch: async (statements) => valueOf(await object().runBatch(statements)),
    transaction: async (parts) => valueOf(await object().runParts(parts)),
    limits: DURABLE_LIMITS,
    ...(migrate === undefined ? {} : { migrate }),
  })
}

function valueOf<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  throw new Error(outcome.error.message)
}

function check(options: DurableOptions): DurableOptions {
  const namespace = options?.namespace as Partial<NamespaceLike> | undefined
  if (typeof namespace?.get !== 'function' || typeof namespace.idFromName !== 'function')
    throw badOption('durable', 'namespace', 'be the binding of KlaxonStore, such as env.KLAXON')
  const { name, migrate } = options
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw badOption('durable', 'name', 'be a text, or left out')
  if (migrate !== undefined && typeof migrate !== 'boolean')
    throw badOption('durable', 'migrate', 'be true or false, or left out')
  return options
}
