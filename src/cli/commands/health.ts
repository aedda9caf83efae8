import { schemaSentence } from '../../read/schema.ts'
import type { AccountHour, Health } from '../../read/types.ts'
import { visible } from '../../util/safe-text.ts'
import { type Command, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { type Column, fields, table } from '../output/table.ts'
import { ago, iso } from '../output/time.ts'
import { argumentsOf, readDuration, withReader } from '../with-reader.ts'
import { HOUR_MS } from '../../util/time-units.ts'

export const healthCommand: Command = {
  name: 'health',
  summary: 'show where occurrences went, retention, jobs and rows',
  help: `klaxon health [options]

Shows where occurrences went, hour by hour: captured is the sum of stored, fallback, logged and
dropped, as isolates reported it; an isolate that never reached the database is missing. Then how
many rows there are, the version of the tables, what services agreed on, and the jobs that must run.

  --since <time>     how far back, 24h unless said, at most 14d
  --json[=fields]    as JSON
In a pipe: one hour a line, as its start, captured, stored, fallback, logged and dropped.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = argumentsOf(args, { since: { type: 'string' } })
    const span = readDuration(values.since ?? '24h', '--since')
    return withReader(context, values, async (reader, database) => {
      const health = await reader.health({ hours: Math.ceil(span / HOUR_MS) })
      if (values.json === true) context.stdout(jsonLine(pick(health, values)))
      else context.stdout(textOf(context, health, database.name))
      return EXIT.done
    })
  },
}

const ACCOUNT_COLUMNS = ['captured', 'stored', 'fallback', 'logged', 'dropped'] as const

const COLUMNS: Column<AccountHour>[] = [
  {
    title: 'HOUR',
    shown: ({ at }) => iso(at).slice(0, 13).replace('T', ' '),
    value: ({ at }) => iso(at),
    style: () => 'dim',
  },
  ...ACCOUNT_COLUMNS.map((name): Column<AccountHour> => ({
    title: name.toUpperCase(),
    shown: (hour) => hour[name].toLocaleString('en-US'),
    value: (hour) => hour[name],
    align: 'right',
    style: (hour) => (name === 'dropped' && hour.dropped > 0 ? 'red' : null),
  })),
]

function textOf(context: Context, health: Health, name: string): string {
  if (!context.isTTY.stdout) return table(context, COLUMNS, health.account)
  const now = Date.now()
  const busy = health.account.filter((hour) => ACCOUNT_COLUMNS.some((each) => hour[each] !== 0))
  const account =
    busy.length === 0 ? 'No isolate has reported in this time.\n' : table(context, COLUMNS, busy)
  const { occurrences, oldest, newest } = health.rows
  const rows = fields(context, [
    ['database', name],
    [
      'occurrences',
      `about ${occurrences.toLocaleString('en-US')} row${occurrences === 1 ? '' : 's'}`,
    ],
    ['oldest', oldest === null ? null : `${ago(oldest, now)} ago`],
    ['newest', newest === null ? null : `${ago(newest, now)} ago`],
    ['tables', health.schema && schemaSentence(health.schema)],
    ...health.settings.map(
      ({ service, name: setting, value, updatedAt }) =>
        [
          [service, setting].filter(Boolean).join(' '),
          `${JSON.stringify(value)}, ${ago(updatedAt, now)} ago`,
        ] as const,
    ),
  ])
  const jobs = health.heartbeats.map(({ name: job, lastAt, missedAt }) => {
    const state =
      missedAt === null ? context.style('green', 'runs') : context.style('red', 'missed')
    return `${visible(job)}  ${state}, last ${ago(lastAt, now)} ago\n`
  })
  return [account, rows, jobs.join('')].filter((part) => part !== '').join('\n')
}
