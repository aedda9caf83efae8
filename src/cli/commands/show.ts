import { toCurl } from '../../report/curl.ts'
import { visibleLines } from '../../report/lines.ts'
import { toMarkdown, withoutHead } from '../../report/markdown.ts'
import type { OccurrenceDetail, Reader } from '../../read/types.ts'
import { visible } from '../../util/safe-text.ts'
import { type Command, CommandError, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { type Mapped, mapFrames, markdownOf } from '../output/frames.ts'
import { jsonLine, pick } from '../output/json.ts'
import { occurrenceColumns } from '../output/rows.ts'
import { fields, table } from '../output/table.ts'
import { ago, iso } from '../output/time.ts'
import { argumentsOf, readCount, withReader } from '../with-reader.ts'
import { eventLine, notFound } from './issue.ts'

export const showCommand: Command = {
  name: 'show',
  summary: 'show one occurrence: error, frames, request, what led to it',
  help: `klaxon show <error id> [options]

Shows an occurrence by the id that the response's x-error-id header, an alert or the log named, with
frames in your own source lines where source maps are uploaded.

  --md               as a Markdown report that a person or a coding agent can work from
  --curl             as a curl command that repeats the request, without credentials and body; a
                     comment unless the method is GET or HEAD
  --json[=fields]    as JSON
  --context <n>      source lines around each frame of your own code, 5 unless said; 0 for none
  --raw              the stack as it was recorded
  --maps-db <url>    where the source maps are, when not in the same database
${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, {
      md: { type: 'boolean' },
      curl: { type: 'boolean' },
      raw: { type: 'boolean' },
      context: { type: 'string' },
      'maps-db': { type: 'string' },
    })
    const [id] = positionals
    if (id === undefined || positionals.length > 1)
      throw new CommandError('name one occurrence: klaxon show <error id>', EXIT.usage)
    const lines = values.context === '0' ? 0 : readCount(values.context ?? '5', '--context', 50)
    return withReader(context, values, async (reader, database) => {
      const detail = await find(reader, id)
      if (values.curl === true) context.stdout(toCurl(detail.occurrence))
      else if (values.json === true)
        context.stdout(
          jsonLine(pick(values.fields === undefined ? detail : detail.occurrence, values)),
        )
      else {
        const mapped =
          values.raw === true
            ? null
            : await mapFrames(context, detail.occurrence, { database, flags: values, lines })
        context.stdout(
          values.md === true
            ? toMarkdown(detail, markdownOf(mapped))
            : textOf(context, detail, mapped),
        )
      }
      return EXIT.done
    })
  },
}

/** The occurrence of an id; for an issue or a request, its latest. */
async function find(reader: Reader, id: string): Promise<OccurrenceDetail> {
  const detail = await reader.occurrence(id)
  if (detail !== null) return detail
  const asked = await reader.ask(id)
  const latest =
    asked.kind === 'issue' || asked.kind === 'alert'
      ? (await reader.occurrences(asked.fingerprint, { limit: 1 })).rows[0]?.id
      : 'occurrences' in asked
        ? asked.occurrences[0]?.id
        : undefined
  const found = latest === undefined ? null : await reader.occurrence(latest)
  if (found === null) throw await notFound(reader, id)
  return found
}

function textOf(context: Context, detail: OccurrenceDetail, mapped: Mapped | null): string {
  const { occurrence: o, issue, history } = detail
  const now = Date.now()
  const stack = mapped?.stack ?? o.errorStack
  const causes = (o.causes ?? []).map((cause, at) => {
    const head = `${cause.name}: ${cause.message}`
    const frames = mapped?.causeStacks[at] ?? withoutHead(cause.stack ?? '', head)
    return part(context, 'Caused by', `${visible(head)}\n${lined(frames)}`)
  })
  const parts = [
    `${context.style('bold', visible(o.title))}\n`,
    o.errorMessage === null ? '' : `${visibleLines(o.errorMessage)}\n`,
    stack === null ? '' : part(context, 'Stack', lined(stack)),
    mapped?.hint == null ? '' : `${context.style('dim', visible(mapped.hint))}\n`,
    ...causes,
    part(context, 'Request', requestOf(context, detail, now)),
    part(context, 'Headers', fields(context, Object.entries(o.headers ?? {}))),
    part(context, 'Context', jsonOf(o.context)),
    part(context, 'Extra', jsonOf(o.extra)),
    part(
      context,
      'Before it failed',
      (o.breadcrumbs ?? [])
        .map(({ at, kind, message, data }) => {
          const more = data === null ? '' : ` ${JSON.stringify(data)}`
          return `${iso(at)}  ${visible(`${kind}: ${message}${more}`)}\n`
        })
        .join(''),
    ),
    part(context, 'Same trace', rowsOf(context, detail.trace, now)),
    part(context, 'Resent', rowsOf(context, detail.resends, now)),
    issue === null
      ? ''
      : part(
          context,
          'Issue',
          fields(context, [
            ['fingerprint', issue.fingerprint],
            ['state', issue.state],
            ['count', issue.count],
            ['first', iso(issue.firstSeen)],
            ['older', detail.older],
            ['newer', detail.newer],
          ]),
        ),
    part(context, 'History', history.map((event) => eventLine(context, event, now)).join('')),
  ]
  return parts.filter((text) => text !== '').join('\n')
}

function requestOf(context: Context, { occurrence: o }: OccurrenceDetail, now: number): string {
  const query = o.query === null || o.query === '' ? '' : `?${o.query}`
  return fields(context, [
    ['request', `${o.method} ${o.host ?? ''}${o.path}${query}`],
    ['status', o.status],
    ['route', o.route],
    [
      'at',
      context.isTTY.stdout
        ? `${iso(o.occurredAt)}, ${ago(o.occurredAt, now)} ago`
        : iso(o.occurredAt),
    ],
    ['error id', o.id],
    ['service', o.service],
    ['environment', o.environment],
    ['release', o.release],
    ['user', [o.userId, o.username].filter(Boolean).join(' ')],
    ['client', [o.clientIp, o.country, o.colo].filter(Boolean).join(' ')],
    ['user agent', o.userAgent],
    ['request id', o.requestId],
    ['trace id', o.traceId],
    ['resent from', o.resentFrom],
    ['runtime', o.runtime],
    ['took', o.durationMs === null ? null : `${o.durationMs} ms`],
  ])
}

function rowsOf(context: Context, rows: OccurrenceDetail['trace'], now: number): string {
  return rows.length === 0 ? '' : table(context, occurrenceColumns(now), rows)
}

function part(context: Context, title: string, body: string): string {
  return body === '' ? '' : `${context.style('bold', title)}\n${body}`
}

const lined = (text: string): string => (text === '' ? '' : `${visibleLines(text)}\n`)

function jsonOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : `${visibleLines(JSON.stringify(value, null, 2))}\n`
}
