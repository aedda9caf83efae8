import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Command, type Context, DATABASE_HELP, DATABASE_OPTIONS, EXIT } from '../command.ts'
import type { Reason } from '../record-lines.ts'
import { replay } from './replay.ts'

const WHY: Record<Reason, string> = {
  unsigned: 'have no signature; --unsigned takes them where a line begins with the record',
  otherKey: 'are signed with another key; set KLAXON_LOG_KEY, or LIBSQL_AUTH_TOKEN as it was then',
  cut: 'were cut and could not be read',
  noRecord: 'only mention a record',
}

export const replayCommand: Command = {
  name: 'replay',
  summary: 'put records back that klaxon wrote to the log',
  help: `klaxon replay [--unsigned] [file …]

Puts records back that klaxon wrote to the log because nothing else took them: lines with
{"klaxon":"record",…}, behind a prefix such as a time, or as a message or an object in lines of
JSON. Reads the files, or standard input. Repeating it changes nothing while the rows are there.

Only records with klaxon's signature are taken: anyone can make an app log a text that looks like
one. The key is the option logKey, in KLAXON_LOG_KEY, else the database's token, in
LIBSQL_AUTH_TOKEN.

  --unsigned         also take lines that begin with a record, without a signature

  wrangler tail --format json | npx klaxon replay

Exit codes: 0 all were taken, 5 some were passed over, 3 all were.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      options: { ...DATABASE_OPTIONS, unsigned: { type: 'boolean' } },
      allowPositionals: true,
    })
    const database = await context.openDatabase(values, { creates: true })
    try {
      const { KLAXON_LOG_KEY, LIBSQL_AUTH_TOKEN } = context.env
      const secrets = [KLAXON_LOG_KEY, LIBSQL_AUTH_TOKEN, ...(database.store.secrets ?? [])]
      const { stored, refused, passedOver } = await replay(
        linesOf(positionals, context),
        database.store,
        {
          keys: secrets.filter((key) => key !== undefined && key !== '') as string[],
          unsigned: values.unsigned ?? false,
        },
      )
      context.stdout(`${stored} ${stored === 1 ? 'record is' : 'records are'} in the database\n`)
      if (refused.length > 0) context.stderr(`klaxon: the database refuses ${refused.join(', ')}\n`)
      const reasons = Object.entries(passedOver) as [Reason, number][]
      for (const [reason, count] of reasons)
        context.stderr(`klaxon: passed over ${count} that ${WHY[reason]}\n`)
      if (stored === 0 && reasons.length > 0) return EXIT.notFound
      return refused.length + reasons.length > 0 ? EXIT.partlyDone : EXIT.done
    } finally {
      await database.close()
    }
  },
}

async function* linesOf(files: readonly string[], context: Context): AsyncIterable<string> {
  if (files.length === 0) yield* context.stdin()
  // Opens one file after the other, because an error of an open and unread stream would be
  // unhandled.
  for (const file of files)
    yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity })
}
