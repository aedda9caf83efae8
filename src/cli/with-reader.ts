import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { isStoreError } from '../model/store-error.ts'
import type { Reader } from '../read/types.ts'
import { driverOf } from '../store/sql/_connection.ts'
import { CommandError, type Context, type Database, DATABASE_OPTIONS, EXIT } from './command.ts'
import { JSON_OPTIONS, withFields } from './output/json.ts'
import { UNIT_MS } from '../util/duration.ts'

const COMMON = { ...DATABASE_OPTIONS, ...JSON_OPTIONS } as const

/** Parses the arguments of a reading command: its options, the database's, and `--json`. */
export function argumentsOf<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  return parseArgs({
    args: withFields(args),
    options: { ...COMMON, ...options } as typeof COMMON & Options,
    allowPositionals: true,
  })
}

/** Opens the database of the flags, and always closes it. */
export async function withReader<Result>(
  context: Context,
  flags: Parameters<Context['openDatabase']>[0],
  work: (reader: Reader, database: Database) => Promise<Result>,
): Promise<Result> {
  const { createReader } = await import('../read/reader.ts')
  const database = await context.openDatabase(flags)
  try {
    return await work(createReader(database.store), database)
  } catch (error) {
    if (!isStoreError(error) || error.failure !== 'schema') throw error
    throw await schemaError(database)
  } finally {
    await database.close()
  }
}

/** Checks whether the tables are older or newer than this program. */
async function schemaError({ store, name }: Database): Promise<CommandError> {
  const { schemaVersion } = await import('../read/sql/schema.ts')
  const { state } = await schemaVersion(driverOf(store)!)
  return new CommandError(
    state === 'newer'
      ? `the klaxon tables in ${name} are of a newer klaxon: npm install klaxon@latest`
      : `the klaxon tables in ${name} are missing or old: run \`klaxon migrate\``,
  )
}

/** `30s`, `90m`, `24h`, `7d`, `2w` in ms. */
export function readDuration(text: string, option: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (amount === undefined || Number(amount) === 0)
    throw new CommandError(`${option} must be a time such as 30s, 90m, 24h or 7d`, EXIT.usage)
  return Number(amount) * UNIT_MS[unit!]!
}

export function readCount(text: string, option: string, most: number): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (!(count >= 1 && count <= most))
    throw new CommandError(`${option} must be a whole number from 1 to ${most}`, EXIT.usage)
  return count
}
