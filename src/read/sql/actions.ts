import type { SqlDriver } from '../../store/sql/driver.ts'
import { uuidv7 } from '../../util/uuid.ts'
import { stored } from '../query/words.ts'
import type { ActionResult, PageActions, Target } from '../types.ts'
import { CHANGES, type Change, commentText } from '../changes.ts'
import { nowSql } from './clock.ts'
import { reading } from './run.ts'
import { raw, sql, toStatements, type Sql } from './statement.ts'
import { fingerprintsOf } from './targets.ts'
import { undoStatements, undone } from './undo.ts'

/** The state of an issue `i` before a change, for `undo`. */
const BEFORE = raw(
  `json_object('state', i.state, 'resolvedAt', i.resolved_at, 'mutedUntil', i.muted_until,
    'mutedUntilCount', i.muted_until_count, 'resolvedIn', json(i.resolved_in))`,
)

const RELEASES_KNOWN_NOW = raw(`(select json_group_array(release) from (
  select r.release from klaxon_releases r where r.service = coalesce(i.service, '')
  order by r.first_seen desc, r.release desc limit 20))`)

interface Statements {
  /** The reason why a change does not apply to an issue `i`; null when it applies. */
  refused: Sql
  /** Assignments to columns of `i`. null changes nothing. */
  set: Sql | null
  /** Whether waiting alerts are deleted. */
  silences: boolean
}

function statementsOf(change: Change, now: Sql): Statements {
  const already = (condition: Sql, state: string): Sql =>
    sql`iif(${condition}, ${`it is ${state} already`}, null)`
  const closed = sql`alert_due = null`
  // The channels that have `resolve` get an alert.
  const isResolved = sql`alert_due = iif(alerted_at is null, null, 'resolved')`
  switch (change.name) {
    case 'resolve':
      return {
        refused: already(raw(`i.state = 'resolved' and i.resolved_in is null`), 'resolved'),
        set: sql`state = 'resolved', resolved_at = ${now}, resolved_in = null, ${isResolved}`,
        silences: true,
      }
    case 'resolveInNextRelease':
      return {
        refused: sql`iif(${RELEASES_KNOWN_NOW} = '[]', 'no release of its service is known: set the option release', null)`,
        set: sql`state = 'resolved', resolved_at = ${now}, resolved_in = ${RELEASES_KNOWN_NOW}, ${isResolved}`,
        silences: true,
      }
    case 'reopen':
      return {
        refused: already(raw(`i.state = 'open'`), 'open'),
        set: sql`state = 'open', resolved_at = null, resolved_in = null, alert_due = nullif(alert_due, 'resolved')`,
        silences: false,
      }
    case 'ignore':
      return {
        refused: already(raw(`i.state = 'ignored'`), 'ignored'),
        set: sql`state = 'ignored', resolved_at = null, resolved_in = null, ${closed}`,
        silences: true,
      }
    case 'mute':
      return muting(change.until, now)
    case 'unmute':
      return {
        refused: already(raw('i.muted_until is null and i.muted_until_count is null'), 'not muted'),
        set: sql`muted_until = null, muted_until_count = null`,
        silences: false,
      }
    case 'comment':
      return { refused: raw('null'), set: null, silences: false }
  }
}

function muting(until: Extract<Change, { name: 'mute' }>['until'], now: Sql): Statements {
  const closed = sql`i.state <> 'open'`
  if ('forMs' in until)
    return {
      refused: sql`iif(${closed}, 'only an open issue can be muted', null)`,
      set: sql`muted_until = ${now} + cast(${until.forMs} as integer), muted_until_count = null`,
      silences: true,
    }
  const count =
    'untilCount' in until
      ? sql`cast(${until.untilCount} as integer)`
      : sql`i.count + cast(${until.forNext} as integer)`
  return {
    refused: sql`iif(${closed}, 'only an open issue can be muted', iif(${count} <= i.count, 'it has occurred as often already', null))`,
    set: sql`muted_until = null, muted_until_count = ${count}`,
    silences: true,
  }
}

export function sqlActions(driver: SqlDriver, clock: () => number | null): PageActions {
  const run = reading(driver)

  async function change(
    target: Target,
    wanted: Change,
    options: { who?: string | null; comment?: string } = {},
  ): Promise<ActionResult> {
    const now = nowSql(clock())
    const id = uuidv7(clock() ?? Date.now())
    const { found, missing, more } = await fingerprintsOf(run, clock() ?? Date.now(), target)
    if (found.length === 0) return { id, changed: [], missing, skipped: [], more }
    const list = JSON.stringify(found)
    const { refused, set, silences } = statementsOf(wanted, now)
    const isMeant = sql`i.fingerprint in (select value from json_each(${list}))`
    const isDone = sql`fingerprint in (select fingerprint from klaxon_events where id >= ${`${id}:`} and id < ${`${id};`})`
    const data = JSON.stringify(commentText(wanted, options.comment))
    const statements = [
      sql`select i.fingerprint, ${refused} refused from klaxon_issues i where ${isMeant}`,
      sql`insert into klaxon_events (id, fingerprint, at, what, who, data)
select ${id} || ':' || i.fingerprint, i.fingerprint, ${now}, ${CHANGES[wanted.name]}, ${who(options.who)},
  json_set(${data}, '$.before', ${BEFORE}) from klaxon_issues i where ${isMeant} and ${refused} is null`,
    ]
    if (set !== null) statements.push(sql`update klaxon_issues as i set ${set} where ${isDone}`)
    if (silences)
      statements.push(sql`delete from klaxon_alerts where sent_at is null and ${isDone}`)
    const [rows] = await driver.batch(toStatements(statements), 'write')
    return { id, ...resultOf(rows!.rows, found), missing, more }
  }

  return {
    resolve: (target, options) => change(target, { name: 'resolve' }, options),
    resolveInNextRelease: (target, options) =>
      change(target, { name: 'resolveInNextRelease' }, options),
    reopen: (target, options) => change(target, { name: 'reopen' }, options),
    ignore: (target, options) => change(target, { name: 'ignore' }, options),
    mute: (target, until, options) => change(target, { name: 'mute', until }, options),
    unmute: (target, options) => change(target, { name: 'unmute' }, options),
    comment: (target, text, options) =>
      change(target, { name: 'comment' }, { ...options, comment: text }),
    async undo(id, options = {}) {
      const results = await driver.batch(
        toStatements(undoStatements(id, who(options.who), nowSql(clock()))),
        'write',
      )
      return undone(id, results[0]!.rows)
    },
  }
}

/** The person's name, never empty. Changes by klaxon have none, which `is:regressed` uses. */
export function who(name: string | null | undefined): string {
  return stored(name ?? '').slice(0, 200) || 'someone'
}

function resultOf(
  rows: readonly Record<string, unknown>[],
  found: readonly string[],
): Pick<ActionResult, 'changed' | 'skipped'> {
  const refused = new Map(rows.map((row) => [String(row['fingerprint']), row['refused']]))
  const there = found.filter((fingerprint) => refused.has(fingerprint))
  return {
    changed: there.filter((fingerprint) => refused.get(fingerprint) === null),
    skipped: there.flatMap((fingerprint) => {
      const why = refused.get(fingerprint)
      return typeof why === 'string' ? [{ fingerprint, why }] : []
    }),
  }
}
