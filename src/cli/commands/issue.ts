import type { IssueEvent, IssuePage } from '../../read/types.ts'
import { toMarkdown } from '../../report/markdown.ts'
import { personName } from '../../util/person-name.ts'
import { visible } from '../../util/safe-text.ts'
import { type Command, CommandError, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { reportOptions } from '../output/frames.ts'
import { jsonLine, pick } from '../output/json.ts'
import { occurrenceColumns } from '../output/rows.ts'
import { fields, table } from '../output/table.ts'
import { ago, iso } from '../output/time.ts'
import { argumentsOf, withReader } from '../with-reader.ts'

export const issueCommand: Command = {
  name: 'issue',
  summary: 'show one issue: counts, why it alerted, history, occurrences',
  help: `klaxon issue <fingerprint | its start | error id> [options]

Shows an issue: how often and since when, why its channels were told or not, its history, by what
its newest 500 occurrences differ, and the newest 20.

  --md               its latest occurrence as a Markdown report, as \`klaxon show --md\` prints it
  --json[=fields]    as JSON
${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, { md: { type: 'boolean' } })
    const [ref] = positionals
    if (ref === undefined || positionals.length > 1)
      throw new CommandError('name one issue: klaxon issue <fingerprint>', EXIT.usage)
    return withReader(context, values, async (reader, database) => {
      const page = await reader.issue(ref)
      if (page === null) throw await notFound(reader, ref)
      if (values.md === true) {
        const detail = page.latest === null ? null : await reader.occurrence(page.latest.id)
        if (detail === null)
          throw new CommandError('retention took every occurrence of this issue', EXIT.notFound)
        const flags = { database, flags: values, lines: 5 }
        context.stdout(toMarkdown(detail, await reportOptions(context, detail.occurrence, flags)))
      } else if (values.json === true) context.stdout(jsonLine(pick(page, values)))
      else context.stdout(textOf(context, page))
      return EXIT.done
    })
  },
}

/** The error for an unknown id, in the words of `ask`. */
export async function notFound(
  reader: { ask: (id: string) => Promise<{ sentence: string }> },
  ref: string,
): Promise<CommandError> {
  const { sentence } = await reader.ask(ref)
  return new CommandError(`${visible(ref)}: ${sentence}`, EXIT.notFound)
}

function textOf(context: Context, page: IssuePage): string {
  const now = Date.now()
  const { issue, why, history, occurrences, facets } = page
  const state = [
    issue.state,
    issue.muted && 'muted',
    issue.regressed && 'came back',
    issue.isNew && 'new',
  ].filter((part) => part !== false)
  const head = context.isTTY.stdout
    ? `${context.style('bold', visible(issue.title))}\n\n`
    : `title\t${visible(issue.title)}\n`
  const counts = fields(context, [
    ['fingerprint', issue.fingerprint],
    ['state', state.join(', ')],
    ['count', issue.count],
    ['in 24 hours', issue.recent],
    ['first', when(context, issue.firstSeen, now)],
    ['last', when(context, issue.lastSeen, now)],
    ['kind', issue.kind],
    ['status', issue.status],
    ['request', `${issue.method} ${issue.route ?? ''}`.trim()],
    ['service', issue.service],
    ['environment', issue.environment],
    ['first release', issue.firstRelease],
    ['last release', issue.lastRelease],
    ['latest error id', page.latest?.id ?? null],
  ])
  return [
    head + counts,
    part(
      context,
      'Alerts',
      fields(
        context,
        why.map(({ channel, sentence }) => [channel || 'none', sentence] as const),
      ),
    ),
    part(context, 'History', history.map((event) => eventLine(context, event, now)).join('')),
    part(context, `In the newest ${facets.sample}`, facetLines(context, page)),
    part(
      context,
      'Occurrences',
      occurrences.rows.length === 0 ? '' : table(context, occurrenceColumns(now), occurrences.rows),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n')
}

function part(context: Context, title: string, body: string): string {
  if (body === '') return ''
  return `${context.style('bold', title)}\n${body}`
}

function when(context: Context, at: number, now: number): string {
  return context.isTTY.stdout ? `${ago(at, now)} ago, ${iso(at)}` : iso(at)
}

function facetLines(context: Context, { facets }: IssuePage): string {
  const lines = facets.facets
    .filter(({ values }) => values.length > 0)
    .map(({ name, values, total }): [string, string] => [
      name,
      values
        .slice(0, 4)
        .map(({ value, count }) => `${value} ${Math.round((count / total) * 100)}%`)
        .join(', '),
    ])
  return fields(context, lines)
}

export function eventLine(context: Context, event: IssueEvent, now: number): string {
  const { at, what, channel, who, data } = event
  const said = data?.['comment'] ?? data?.['reason']
  const words = [
    what,
    channel !== null && `to ${channel}`,
    who !== null && `by ${personName(who)}`,
    typeof said === 'string' && said !== '' && `"${said}"`,
  ].filter((word) => word !== false)
  const time = context.isTTY.stdout ? `${ago(at, now)} ago`.padStart(8) : iso(at)
  return `${context.style('dim', time)}${context.isTTY.stdout ? '  ' : '\t'}${visible(words.join(' '))}\n`
}
