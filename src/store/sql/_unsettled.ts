import { raw, sql, type Sql } from './statement.ts'
import { MAX_SEND_TRIES } from '../../model/limits.ts'

/**
 * Whether two senders have leased an alert `a` and neither has settled it, so that it may be out
 * twice.
 */
export const unsettledTwice = (now: Sql): Sql =>
  sql`(a.sent_at is null and a.over_budget = 0 and a.lease_owner is not null and a.lease_until <= ${now}
    and a.tries >= ${raw(MAX_SEND_TRIES - 1)})`
