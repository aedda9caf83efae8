import { DurableObject } from 'cloudflare:workers'
import type { SqlResult, SqlStatement } from '../sql/driver.ts'
import { maintainTables } from './_maintain.ts'
import { type StorageLike, storageDriver } from './_storage.ts'

/** ms between two alarms: an hour. */
const ALARM_MS = 3_600_000

/** An error as RPC transports it. RPC keeps only an Error's name, message and stack. */
export interface PlainError {
  message: string
}

/** The result of an RPC call, or its error. */
export type Outcome<T> = { value: T } | { error: PlainError }

/** The methods that the store calls over RPC. */
export interface KlaxonRpc {
  runBatch(statements: readonly SqlStatement[]): Promise<Outcome<SqlResult[]>>
  runParts(
    parts: readonly (readonly SqlStatement[])[],
  ): Promise<Outcome<PromiseSettledResult<SqlResult[]>[]>>
}

/**
 * The Durable Object that contains klaxon's database. Export it from the Worker, and bind it in the
 * wrangler config with a migration that has `new_sqlite_classes: ["KlaxonStore"]`.
 * @example
 * export { KlaxonStore } from 'klaxon/durable'
 */
export class KlaxonStore extends DurableObject implements KlaxonRpc {
  readonly #driver: ReturnType<typeof storageDriver>
  readonly #storage: StorageLike
  #hasAlarm = false

  constructor(ctx: { storage: StorageLike }, env: object) {
    super(ctx, env)
    this.#storage = ctx.storage
    this.#driver = storageDriver(ctx.storage)
  }

  async runBatch(statements: readonly SqlStatement[]): Promise<Outcome<SqlResult[]>> {
    await this.#setAlarm()
    return outcome(() => this.#driver.batch(statements, 'write'))
  }

  /** Applies retention once an hour, so that the app need not call `maintain`. */
  async alarm(): Promise<void> {
    this.#hasAlarm = false
    await maintainTables(this.#driver)
    await this.#setAlarm()
  }

  async #setAlarm(): Promise<void> {
    if (this.#hasAlarm) return
    this.#hasAlarm = true
    if ((await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(Date.now() + ALARM_MS)
  }

  runParts(
    parts: readonly (readonly SqlStatement[])[],
  ): Promise<Outcome<PromiseSettledResult<SqlResult[]>[]>> {
    return outcome(async () =>
      (await this.#driver.transaction(parts)).map((part) =>
        part.status === 'fulfilled' ? part : { ...part, reason: plain(part.reason) },
      ),
    )
  }
}

async function outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error: plain(error) }
  }
}

function plain(error: unknown): PlainError {
  return { message: error instanceof Error ? error.message : String(error) }
}
