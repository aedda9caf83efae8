import { type Command, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { argumentsOf, readCount, withReader } from '../with-reader.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'write occurrences as lines of JSON',
  help: `klaxon export [query] [options]

Writes all occurrences that match, newest first, one a line as JSON (NDJSON), with every field.

  klaxon export 'user:42' > user-42.ndjson

  --limit <n>        stop after n
  --json=fields      these fields alone: --json=id,occurredAt,title
${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, { limit: { type: 'string' } })
    const most = values.limit === undefined ? Infinity : readCount(values.limit, '--limit', 1e9)
    return withReader(context, values, async (reader) => {
      let written = 0
      let after: string | undefined
      while (written < most) {
        if (context.signal.aborted) return EXIT.interrupted
        const page = await reader.dump(positionals.join(' '), after === undefined ? {} : { after })
        for (const occurrence of page.occurrences.slice(0, most - written))
          context.stdout(jsonLine(pick(occurrence, values)))
        await context.drained?.()
        written = Math.min(most, written + page.occurrences.length)
        if (context.isTTY.stderr && !context.isTTY.stdout)
          context.stderr(`\r${written.toLocaleString('en-US')} written …`)
        if (page.next === null) break
        after = page.next
      }
      context.stderr(`${context.isTTY.stderr ? '\r' : ''}${written} occurrences\n`)
      return EXIT.done
    })
  },
}
