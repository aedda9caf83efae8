import { sql, toStatements, type Sql } from './statement.ts'
import type { Store } from '../../model/store.ts'
import { createChanges } from './_changes.ts'
import { CLOCK, type Clock, type ClockHolder, databaseClock } from './_clock.ts'
import { ISSUE_JSON, OCCURRENCE_JSON } from './_columns.ts'
import { connect, DRIVER } from './_connection.ts'
import { decodeIssue, decodeOccurrence } from './_decode.ts'
import type { SqlDriver, SqlResult, SqlStoreOptions } from './driver.ts'
import { writeByHalving } from './_halving.ts'
import { writeOneByOne } from './_one-by-one.ts'
import { selfMigrating } from './_self-migrating.ts'
import { settleStatements } from './_settle.ts'
import { createUpkeep } from './_upkeep.ts'
import { createWriter, type WriteRefused } from './_writer.ts'

/** Makes a store on a driver without `transaction`. */
export function batchStore(options: SqlStoreOptions): Store {
  return createStore(options, (batch, { write }) => writeByHalving(batch, write))
}

/** Makes a store on a driver with `transaction`. */
export function transactionStore(
  options: SqlStoreOptions & Required<Pick<SqlDriver, 'transaction'>>,
): Store {
  return createStore(options, (batch, { driver, now }) =>
    writeOneByOne(driver.transaction!, batch, now),
  )
}

// One function for each kind of driver, so that a bundle contains only the search for refused
// occurrences that its driver needs.
function createStore(options: SqlStoreOptions, writeRefused: WriteRefused): Store {
  const connection = connect(options)
  const driver = options.migrate === false ? connection : selfMigrating(connection)
  const holder: ClockHolder = { clock: databaseClock }
  const clock: Clock = (callers) => holder.clock(callers)
  const transact = (queries: readonly Sql[]): Promise<SqlResult[]> =>
    driver.batch(toStatements(queries), 'write')
  const read = async (query: Sql): Promise<SqlResult['rows']> =>
    (await driver.batch(toStatements([query]), 'read'))[0]!.rows

  const store: Store & Record<typeof DRIVER, SqlDriver> & Record<typeof CLOCK, ClockHolder> = {
    name: options.name,
    secrets: options.secrets ?? [],
    [DRIVER]: driver,
    [CLOCK]: holder,
    write: createWriter({ driver, limits: options.limits ?? {}, clock, writeRefused }),
    ...createUpkeep({ transact, read, clock }),
    ...createChanges({ transact, clock }),

    async settle(settlements, now) {
      if (settlements.length > 0) await transact(settleStatements(settlements, clock(now)))
    },

    async getThread(channel, fingerprint) {
      const [row] = await read(
        sql`select value from klaxon_threads where channel = ${channel} and fingerprint = ${fingerprint}`,
      )
      return typeof row?.['value'] === 'string' ? row['value'] : null
    },

    async setThread(channel, fingerprint, value) {
      await transact([
        sql`insert into klaxon_threads (channel, fingerprint, value) values (${channel}, ${fingerprint}, ${value})
on conflict (channel, fingerprint) do update set value = excluded.value`,
      ])
    },

    async issues({ state, limit = 50 } = {}) {
      const rows = await read(sql`select ${ISSUE_JSON} from klaxon_issues i
where ${isOrAny(sql`i.state`, state)} order by i.last_seen desc, i.fingerprint desc limit ${limit}`)
      return rows.map((row) => decodeIssue(row['issue']))
    },

    async occurrences({ fingerprint, id, limit = 50 } = {}) {
      const rows = await read(sql`select ${OCCURRENCE_JSON} from klaxon_occurrences o
where ${isOrAny(sql`o.fingerprint`, fingerprint)} and ${isOrAny(sql`o.id`, id)}
order by o.occurred_at desc, o.id desc limit ${limit}`)
      return rows.flatMap((row) => decodeOccurrence(row['occurrence']) ?? [])
    },
  }
  return store
}

function isOrAny(column: Sql, value: string | undefined): Sql {
  return value === undefined ? sql`true` : sql`${column} = ${value}`
}
