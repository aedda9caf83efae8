import type { Client } from '@libsql/client/http'
import { type SQL, sql } from 'drizzle-orm/sql'
import { isStoreError } from '../core/store-error.ts'
import type { Store, WriteBatch, WriteResult } from '../core/types.ts'
import { claimStatements } from './_claim-sql.ts'
import { type Connection, lazyConnection } from './_client.ts'
import { ISSUE_JSON, OCCURRENCE_JSON } from './_columns.ts'
import { decodeClaims, decodeIssue, decodeOccurrence } from './_decode.ts'
import { encodeBatch } from './_encode.ts'
import { PRUNE_CHUNK } from './_limits.ts'
import { pruneMemos, pruneStatements, setIssueStatements } from './_maintain-sql.ts'
import { writeOneByOne } from './_one-by-one.ts'
import { settleStatements } from './_settle-sql.ts'
import { writeStatements } from './_write-sql.ts'

/** A Store that `migrate` can reach the database of. */
export interface LibsqlStore extends Store {
  readonly [CONNECTION]: Connection
}

/** Not `Symbol()`: two installed copies of klaxon must agree on it. */
export const CONNECTION = Symbol.for('klaxon.connection')

export function isLibsqlStore(store: Store): store is LibsqlStore {
  return CONNECTION in store
}

/** A Store on a libSQL client, which `connect` makes when it is first needed. */
export function createLibsqlStore(
  connect: () => Client | Promise<Client>,
  secrets: readonly string[],
): LibsqlStore {
  const connection = lazyConnection(connect)
  const { transact, read } = connection

  async function write(batch: WriteBatch): Promise<WriteResult> {
    const { entries, channels, attempt } = batch
    const writes = entries.length === 0 ? [] : writeStatements(batch, encodeBatch(entries))
    const claims = channels.length === 0 ? [] : claimStatements(batch)
    if (writes.length + claims.length === 0) return { claims: [] }
    const results = await transact([...writes, ...claims])
    return { claims: claims.length === 0 ? [] : decodeClaims(results, attempt) }
  }

  /** By itself: its table came later than the others, and where it is missing these must not grow without end. */
  async function forgetMemos(): Promise<void> {
    try {
      await transact([pruneMemos()])
    } catch (error) {
      if (!isStoreError(error) || error.failure !== 'schema') throw error
    }
  }

  return {
    name: 'libsql',
    secrets,
    [CONNECTION]: connection,

    async write(batch) {
      try {
        return await write(batch)
      } catch (error) {
        const split = isStoreError(error) && error.failure === 'poison' && batch.entries.length > 1
        if (!split) throw error
        return await writeOneByOne(connection, batch)
      }
    },

    async settle(settlements, now) {
      if (settlements.length > 0) await transact(settleStatements(settlements, now))
    },

    async prune(retention, now) {
      const results = await transact(pruneStatements(retention, now))
      const deleted = results.map(({ rowsAffected }) => rowsAffected)
      const [, tooMany = 0, tooOld = 0, tooQuiet = 0] = deleted
      const more = deleted.some((rows) => rows >= PRUNE_CHUNK)
      if (!more) await forgetMemos()
      return {
        occurrences: tooMany + tooOld,
        issues: tooQuiet,
        more,
      }
    },

    async setIssue(fingerprint, change, now) {
      const [updated] = await transact(setIssueStatements(fingerprint, change, now))
      return (updated?.rowsAffected ?? 0) > 0
    },

    async recall(channel, fingerprint) {
      const [row] = await read(
        sql`select value from klaxon_memos where channel = ${channel} and fingerprint = ${fingerprint}`,
      )
      return typeof row?.['value'] === 'string' ? row['value'] : null
    },

    async remember(channel, fingerprint, value) {
      await transact([
        sql`insert into klaxon_memos (channel, fingerprint, value) values (${channel}, ${fingerprint}, ${value})
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
}

function isOrAny(column: SQL, value: string | undefined): SQL {
  return value === undefined ? sql`true` : sql`${column} = ${value}`
}
