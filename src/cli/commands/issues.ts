import { ISSUE_SORTS } from '../../read/limits.ts'
import type { IssueSort } from '../../read/types.ts'
import { type Command, CommandError, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { issueColumns } from '../output/rows.ts'
import { table } from '../output/table.ts'
import { argumentsOf, readCount, withReader } from '../with-reader.ts'

export const issuesCommand: Command = {
  name: 'issues',
  summary: 'list issues under a query',
  help: `klaxon issues [query] [options]

Lists issues, those that occurred last first. Without a query: is:open.

  klaxon issues 'is:open status:5xx -env:staging' --sort count
  klaxon issues 'is:open release:last first:<1h' --exit-code

  --sort <order>     last (occurred), first (occurred), count, recent (most in 24 hours)
  --limit <n>        issues to list, 30 unless said, at most 100
  --after <cursor>   the next page; the page before names it
  --exit-code        end with 10 when an issue matches
  --json[=fields]    one issue a line as JSON, with these fields: --json=fingerprint,count
In a pipe: fingerprint, state, status, kind, count, count in 24 hours, first, last, environment,
service and title, between tabs. docs/queries.md lists what a query may say.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, {
      sort: { type: 'string' },
      limit: { type: 'string' },
      after: { type: 'string' },
      'exit-code': { type: 'boolean' },
    })
    const { sort = 'last', limit = '30', after } = values
    if (!ISSUE_SORTS.includes(sort as IssueSort))
      throw new CommandError(`--sort must be one of ${ISSUE_SORTS.join(', ')}`, EXIT.usage)
    const query = positionals.length === 0 ? 'is:open' : positionals.join(' ')
    return withReader(context, values, async (reader) => {
      const page = await reader.list(query, {
        sort: sort as IssueSort,
        limit: readCount(limit, '--limit', 100),
        ...(after === undefined ? {} : { after }),
      })
      if (values.json === true)
        context.stdout(page.issues.map((issue) => jsonLine(pick(issue, values))).join(''))
      else if (page.issues.length > 0)
        context.stdout(table(context, issueColumns(Date.now()), page.issues))
      if (page.issues.length === 0) context.stderr(`No issue matches ${page.query}\n`)
      if (page.next !== null) {
        const searched = page.examined === null ? '' : `Looked at the ${page.examined} seen last. `
        context.stderr(`${searched}More: --after '${page.next}'\n`)
      }
      return values['exit-code'] === true && page.issues.length > 0 ? EXIT.matched : EXIT.done
    })
  },
}
