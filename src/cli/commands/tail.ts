import { setTimeout as sleep } from 'node:timers/promises'
import { isStoreError } from '../../model/store-error.ts'
import type { OccurrenceRow, Reader, TailPage } from '../../read/types.ts'
import { visible } from '../../util/safe-text.ts'
import { type Command, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick, type JsonFlags } from '../output/json.ts'
import { occurrenceColumns, statusStyle } from '../output/rows.ts'
import { table } from '../output/table.ts'
import { fit } from '../output/width.ts'
import { argumentsOf, readDuration, withReader } from '../with-reader.ts'

export const tailCommand: Command = {
  name: 'tail',
  summary: 'print occurrences as they are written',
  help: `klaxon tail [query] [options]

Prints occurrences as they are written, until Ctrl-C: late and replayed ones too.

  klaxon tail 'status:5xx -route:/health'

  --interval <time>  between two looks, 2s unless said
  --json[=fields]    one occurrence a line as JSON
In a pipe: time, error id, fingerprint, status, method, path, user, release and title, between tabs.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, { interval: { type: 'string' } })
    const interval = readDuration(values.interval ?? '2s', '--interval')
    const query = positionals.join(' ')
    return withReader(context, values, async (reader, { name }) => {
      let place = (await reader.tail(null, query)).rowid
      context.stderr(`Waiting for occurrences in ${name}. Ctrl-C ends.\n`)
      while (!context.signal.aborted) {
        const page = await patient(reader, place, query, context)
        if (page !== null) {
          for (const row of page.rows) context.stdout(line(context, row, values))
          place = page.rowid
          if (page.more) continue
        }
        await sleep(interval, undefined, { signal: context.signal }).catch((error: Error) => {
          // Ctrl-C ends the wait, and then the loop.
          if (error.name !== 'AbortError') throw error
        })
      }
      return EXIT.interrupted
    })
  },
}

/** Reads the next page; null with a message when the database is unreachable for a moment. */
async function patient(
  reader: Reader,
  place: number,
  query: string,
  context: Context,
): Promise<TailPage | null> {
  try {
    return await reader.tail(place, query)
  } catch (error) {
    if (!isStoreError(error) || error.failure !== 'transient') throw error
    context.stderr(`${error.message}; trying again\n`)
    return null
  }
}

function line(
  context: Context,
  row: OccurrenceRow,
  flags: JsonFlags & { json?: boolean | undefined },
): string {
  if (flags.json === true) return jsonLine(pick(row, flags))
  if (!context.isTTY.stdout) return table(context, occurrenceColumns(Date.now()), [row])
  const time = new Date(row.occurredAt).toISOString().slice(11, 19)
  const status = `${row.kind === 'status' ? ' ' : '!'}${row.status}`
  const what = row.kind === 'status' ? '' : `  ${row.title}`
  const text = visible(`${row.method} ${row.path}${what}`)
  const rest = fit(text, Math.max(20, context.columns - 53))
  return `${context.style('dim', time)}  ${context.style(statusStyle(row), status)}  ${context.style('cyan', visible(row.id))}  ${rest}\n`
}
