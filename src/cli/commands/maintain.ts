import { parseArgs } from 'node:util'
import {
  type Command,
  CommandError,
  type Context,
  DATABASE_HELP,
  DATABASE_OPTIONS,
  EXIT,
} from '../command.ts'
import type { Retention, Store } from '../../model/store.ts'
import { readCount } from '../with-reader.ts'
import { DAY_MS } from '../../util/time-units.ts'

export const maintainCommand: Command = {
  name: 'maintain',
  summary: 'delete what is older than the retention of each service',
  help: `klaxon maintain [--days <n> --rows <n> --issue-days <n> --history-days <n> [--service <name>]]

Deletes what is older than the retention that each service has stored in the database. Where none is
stored, and no flags are given, it deletes nothing.

  --days <n>         days that occurrences stay
  --rows <n>         occurrences that stay
  --issue-days <n>   days that an issue stays after it was last seen
  --history-days <n> days that history stays
  --service <name>   the service that the flags are for; without it the rows without a service
  -y, --yes          do not ask
${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...DATABASE_OPTIONS,
        days: { type: 'string' },
        rows: { type: 'string' },
        'issue-days': { type: 'string' },
        'history-days': { type: 'string' },
        service: { type: 'string' },
        yes: { type: 'boolean', short: 'y' },
      },
    })
    const given = readRetention(values)
    const database = await context.openDatabase(values, { creates: true })
    try {
      const { store } = database
      const jobs =
        given === undefined
          ? ((await store.retentions?.()) ?? [])
          : [{ service: values.service ?? null, retention: given }]
      if (jobs.length === 0) {
        throw new CommandError(
          'no service has stored its retention: nothing was deleted. Let klaxon.maintain() run once, or pass --days, --rows, --issue-days and --history-days',
          EXIT.notFound,
        )
      }
      context.stderr(`This deletes from ${database.name}.\n`)
      const isAsked = values.yes !== true && context.isTTY.stdin
      if (isAsked && !(await context.confirm('Go on?'))) return EXIT.interrupted
      for (const job of jobs) await maintain(job, { store, context })
      return EXIT.done
    } finally {
      await database.close()
    }
  },
}

interface Flags {
  days?: string | undefined
  rows?: string | undefined
  'issue-days'?: string | undefined
  'history-days'?: string | undefined
}

function readRetention(flags: Flags): Retention | undefined {
  const names = ['days', 'rows', 'issue-days', 'history-days'] as const
  const missing = names.filter((name) => flags[name] === undefined)
  if (missing.length === names.length) return undefined
  if (missing.length > 0) {
    const list = missing.map((name) => `--${name}`).join(', ')
    throw new CommandError(`the flags of retention belong together: add ${list}`, EXIT.usage)
  }
  const count = (name: (typeof names)[number]): number =>
    readCount(flags[name]!, `--${name}`, 1_000_000_000)
  return {
    occurrencesMs: count('days') * DAY_MS,
    occurrences: count('rows'),
    issuesMs: count('issue-days') * DAY_MS,
    historyMs: count('history-days') * DAY_MS,
  }
}

interface Job {
  service: string | null
  retention: Retention
}

async function maintain(
  { service, retention }: Job,
  { store, context }: { store: Store; context: Context },
): Promise<void> {
  let occurrences = 0
  let issues = 0
  for (let more = true; more && !context.signal.aborted;) {
    const pruned = await store.prune(retention, Date.now(), service)
    occurrences += pruned.occurrences
    issues += pruned.issues
    more = pruned.more
  }
  context.stdout(`${service ?? '(no service)'}\t${occurrences} occurrences\t${issues} issues\n`)
}
