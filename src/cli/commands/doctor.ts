import { parseArgs } from 'node:util'
import { isStoreError } from '../../model/store-error.ts'
import { CHANNEL_VARIABLES, findChannels } from '../channels.ts'
import {
  type Command,
  type Context,
  type Database,
  DATABASE_HELP,
  DATABASE_OPTIONS,
  type DatabaseFlags,
  EXIT,
} from '../command.ts'
import { explain } from '../_main.ts'
import { NOW_TEXT } from '../../store/sql/now.ts'

/** ms by which the clocks of this machine and the database may differ. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000

type Verdict = { ok: boolean; words: string; fix?: string }

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'check configuration, database, tables, channels and clock',
  help: `klaxon doctor

Checks what klaxon needs, and says how to fix what is wrong: the database's configuration and reach,
its tables, whether they can be written, the channels that the environment names, and the clock. It
leaves nothing behind. It knows no channels but those of the environment: \`klaxon test --url\` asks
the service itself.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = parseArgs({ args, options: DATABASE_OPTIONS })
    const say = sayer(context)
    let database: Database | undefined
    try {
      database = await context.openDatabase(values)
      say('configuration', { ok: true, words: `${database.name}, from ${database.source}` })
      if (await checkTables(database, say)) await checkRows(database, say)
    } catch (error) {
      say('configuration', { ok: false, words: explain(error, 'doctor').message })
    } finally {
      await database?.close()
    }
    checkChannels(values, context, say)
    return say.failed() ? EXIT.failed : EXIT.done
  },
}

interface Say {
  (name: string, verdict: Verdict): void
  failed(): boolean
}

function sayer(context: Context): Say {
  let failed = false
  const say = (name: string, { ok, words, fix }: Verdict): void => {
    failed ||= !ok
    const mark = ok ? context.style('green', 'ok  ') : context.style('red', 'FAIL')
    context.stdout(`${mark} ${name.padEnd(14)} ${words}\n`)
    if (fix !== undefined) context.stdout(`     ${' '.repeat(14)} → ${fix}\n`)
  }
  return Object.assign(say, { failed: () => failed })
}

/** Checks connection and schema. false when no further check makes sense. */
async function checkTables(database: Database, say: Say): Promise<boolean> {
  const { pendingMigrations } = await import('../../store/sql/migrate.ts')
  try {
    const { pending, isNewer } = await pendingMigrations(database.store)
    say('reach', { ok: true, words: 'the database answers' })
    if (isNewer) {
      const fix = 'update klaxon: npm install klaxon@latest'
      say('tables', { ok: false, words: 'a newer klaxon made them', fix })
      return true
    }
    if (pending.length === 0) {
      say('tables', { ok: true, words: 'up to date' })
      return true
    }
    const words = `${pending.map(({ tag }) => tag).join(', ')} to apply`
    say('tables', { ok: false, words, fix: 'npx klaxon migrate' })
    return false
  } catch (error) {
    say('reach', {
      ok: false,
      words: explain(error, 'doctor').message,
      fix: fixOf(error),
    })
    return false
  }
}

function fixOf(error: unknown): string {
  return isStoreError(error) && error.failure === 'auth'
    ? 'set LIBSQL_AUTH_TOKEN to a token of this database'
    : 'check the address, and that the database runs'
}

/** Checks writing and the clock, in one transaction that changes nothing. */
async function checkRows({ store }: Database, say: Say): Promise<void> {
  const { driverOf } = await import('../../store/sql/sql-store.ts')
  const driver = driverOf(store)
  if (driver === null) return
  const key = `doctor:${Date.now()}`
  const before = Date.now()
  try {
    const results = await driver.batch(
      [
        {
          sql: `insert into klaxon_counted_ids (id, expires_at) values (?, 0)`,
          params: [key],
        },
        {
          sql: `select ${NOW_TEXT} now`,
          params: [],
        },
        { sql: `delete from klaxon_counted_ids where id = ?`, params: [key] },
      ],
      'write',
    )
    say('write', { ok: true, words: 'rows can be written' })
    checkClock({ database: Number(results[1]?.rows[0]?.['now']), before, say })
  } catch (error) {
    const fix = 'use credentials that may write, and look for a full disk'
    say('write', { ok: false, words: explain(error, 'doctor').message, fix })
  }
}

function checkClock(parts: { database: number; before: number; say: Say }): void {
  const { database, before, say } = parts
  const off = Math.max(0, before - database, database - Date.now())
  const seconds = Math.round(off / 1000)
  say('clock', {
    ok: off <= MAX_CLOCK_DIFFERENCE_MS,
    words: `this machine and the database differ by ${seconds} s`,
    ...(off <= MAX_CLOCK_DIFFERENCE_MS ? {} : { fix: 'set the clock of this machine by NTP' }),
  })
}

function checkChannels(flags: DatabaseFlags, context: Context, say: Say): void {
  const found = findChannels(flags, context)
  const names = found.map(({ variables }) => variables[0])
  say('channels', {
    ok: true,
    words:
      found.length === 0
        ? `none in the environment (${CHANNEL_VARIABLES.join(', ')}); klaxon knows no others from here`
        : `${names.join(', ')}; npx klaxon test sends through ${found.length === 1 ? 'it' : 'them'}`,
  })
}
