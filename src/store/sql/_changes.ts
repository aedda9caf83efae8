import { sql } from './statement.ts'
import type { Store } from '../../model/store.ts'
import { uuidv7 } from '../../util/uuid.ts'
import { json } from './_encode.ts'
import { changeStatements } from './_state.ts'
import type { StoreParts } from './_upkeep.ts'

/** The store's methods that change issues and stacks. */
export function createChanges({
  transact,
  clock,
}: Pick<StoreParts, 'transact' | 'clock'>): Required<Pick<Store, 'setIssue' | 'amend'>> {
  return {
    async setIssue(fingerprints, change, by) {
      const all = [fingerprints].flat()
      if (all.length === 0) return 0
      const parts = { change, by, fingerprints: all, now: clock(by.now) }
      const [updated] = await transact(changeStatements({ ...parts, actionId: uuidv7(by.now) }))
      return updated!.rows.length
    },

    async amend(id, { errorStack, causes }) {
      const [updated] = await transact([
        sql`update klaxon_occurrences set error_stack = ${errorStack}, causes = ${causes && json(causes)}
where id = ${id} returning 1 found`,
      ])
      return updated!.rows.length > 0
    },
  }
}
