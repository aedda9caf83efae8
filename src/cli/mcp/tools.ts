import { toMarkdown, type MarkdownOptions } from '../../report/markdown.ts'
import { ISSUE_SORTS } from '../../read/limits.ts'
import { QUERY_KEYS } from '../../read/query/keys.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { ActionResult, IssueRow, IssueSort, Reader } from '../../read/types.ts'
import { HOUR_MS } from '../../util/time-units.ts'

export interface Property {
  type: 'string' | 'number' | 'array'
  description: string
  enum?: readonly string[]
  items?: { type: 'string' }
}

export interface Tool {
  name: string
  description: string
  properties: Record<string, Property>
  required: readonly string[]
  isReadOnly: boolean
  /** @param args validated by `properties` */
  run(args: Record<string, unknown>): Promise<string>
}

export interface ToolOptions {
  reader: Reader
  allowWrite: boolean
  /** The name for the history. */
  who: () => string
  mapFrames: (occurrence: Occurrence) => Promise<MarkdownOptions>
}

const QUERY_PROPERTY: Property = {
  type: 'string',
  description: `words and key:value, such as is:open status:5xx -env:staging "out of stock". Keys: ${QUERY_KEYS.map(
    ({ name, values }) => `${name}: (${values})`,
  ).join('; ')}`,
}
const ISSUES_PROPERTY: Property = {
  type: 'array',
  items: { type: 'string' },
  description: 'fingerprints, or starts of them, or error ids',
}
const COMMENT_PROPERTY: Property = { type: 'string', description: 'kept in the history with it' }
const AFTER_PROPERTY: Property = { type: 'string', description: '`next` of the previous page' }

/** The tools for coding agents: reads, and actions if they are allowed. */
export function toolsOf(options: ToolOptions): Tool[] {
  return options.allowWrite ? [...reads(options), ...actions(options)] : reads(options)
}

function reads({ reader, mapFrames }: ToolOptions): Tool[] {
  const read = (tool: Omit<Tool, 'isReadOnly'>): Tool => ({ ...tool, isReadOnly: true })
  return [
    read({
      name: 'list_issues',
      description: 'Lists issues (groups of equal failures) under a query. Without one: is:open.',
      properties: {
        query: QUERY_PROPERTY,
        sort: {
          type: 'string',
          enum: ISSUE_SORTS,
          description: 'order: last or first occurrence, count, or most in 24 hours',
        },
        limit: { type: 'number', description: 'at most 100; 20 unless said' },
        after: AFTER_PROPERTY,
      },
      required: [],
      async run({ query = 'is:open', sort = 'last', limit = 20, after }) {
        const page = await reader.list(query as string, {
          sort: sort as IssueSort,
          limit: limit as number,
          ...(after === undefined ? {} : { after: after as string }),
        })
        return json({ issues: page.issues.map(brief), next: page.next, examined: page.examined })
      },
    }),
    read({
      name: 'show_issue',
      description:
        'One issue: counts, why its channels were told or not, history, and by what its occurrences differ.',
      properties: {
        issue: { type: 'string', description: 'fingerprint, the start of one, or an error id' },
      },
      required: ['issue'],
      async run({ issue }) {
        const page = await reader.issue(issue as string)
        if (page === null) throw new Error((await reader.ask(issue as string)).sentence)
        const { why, history, facets, latest, occurrences } = page
        const newest = occurrences.rows.map(({ id, occurredAt, path, release }) => ({
          id,
          at: time(occurredAt),
          path,
          release,
        }))
        return json({
          issue: brief(page.issue),
          latest: latest?.id ?? null,
          why,
          history: history.map((event) => ({ ...event, at: time(event.at) })),
          facets,
          newest,
        })
      },
    }),
    read({
      name: 'show_occurrence',
      description:
        'One occurrence as a Markdown report: error, causes, frames in the source lines where maps are uploaded, request, what led to it, history.',
      properties: { id: { type: 'string', description: 'the error id (x-error-id)' } },
      required: ['id'],
      async run({ id }) {
        const detail = await reader.occurrence(id as string)
        if (detail === null) throw new Error((await reader.ask(id as string)).sentence)
        return toMarkdown(detail, await mapFrames(detail.occurrence))
      },
    }),
    read({
      name: 'list_occurrences',
      description: 'Lists single occurrences, newest first, of one issue or under a query.',
      properties: {
        issue: { type: 'string', description: 'a whole fingerprint' },
        query: QUERY_PROPERTY,
        limit: { type: 'number', description: 'at most 500; 30 unless said' },
        after: AFTER_PROPERTY,
      },
      required: [],
      async run({ issue, query = '', limit = 30, after }) {
        const page = {
          limit: limit as number,
          ...(after === undefined ? {} : { after: after as string }),
        }
        return json(
          issue === undefined
            ? await reader.feed(query as string, page)
            : await reader.occurrences(issue as string, page),
        )
      },
    }),
    read({
      name: 'find_id',
      description: 'Says where any id leads: of an error, an issue, a request, a trace, an alert.',
      properties: { id: { type: 'string', description: 'the id' } },
      required: ['id'],
      run: async ({ id }) => json(await reader.ask(id as string)),
    }),
    read({
      name: 'list_releases',
      description: 'Lists releases that failed, with the issues that were new in each.',
      properties: {},
      required: [],
      run: async () => json(await reader.releases()),
    }),
    read({
      name: 'list_alerts',
      description: 'Lists alerts that were sent, failed or wait, and the state of the channels.',
      properties: {},
      required: [],
      run: async () => json(await reader.alerts()),
    }),
    read({
      name: 'health',
      description:
        'Where occurrences of the last 24 hours went, retention, and jobs that must run.',
      properties: {},
      required: [],
      run: async () => json(await reader.health()),
    }),
  ]
}

function actions({ reader, who }: ToolOptions): Tool[] {
  const { actions } = reader
  const change = (
    name: string,
    description: string,
    act: (issues: string[], args: Record<string, unknown>) => Promise<ActionResult>,
    more: Record<string, Property> = {},
  ): Tool => ({
    name,
    description,
    properties: { issues: ISSUES_PROPERTY, comment: COMMENT_PROPERTY, ...more },
    required: ['issues', ...Object.keys(more)],
    isReadOnly: false,
    run: async (args) => json(await act(args['issues'] as string[], args)),
  })
  const by = ({ comment }: Record<string, unknown>) => ({
    who: who(),
    ...(comment === undefined ? {} : { comment: comment as string }),
  })
  return [
    change('resolve', 'Resolves issues; one that occurs again reopens.', (issues, args) =>
      actions.resolve(issues, by(args)),
    ),
    change('reopen', 'Opens resolved or ignored issues again.', (issues, args) =>
      actions.reopen(issues, by(args)),
    ),
    change('ignore', 'Counts issues without ever alerting.', (issues, args) =>
      actions.ignore(issues, by(args)),
    ),
    change(
      'mute',
      'Keeps open issues silent for a time.',
      (issues, args) =>
        actions.mute(issues, { forMs: Math.round((args['hours'] as number) * HOUR_MS) }, by(args)),
      { hours: { type: 'number', description: 'hours' } },
    ),
    change('unmute', 'Lets muted issues alert again.', (issues, args) =>
      actions.unmute(issues, by(args)),
    ),
    {
      ...change('comment', 'Writes a comment into the history of issues.', (issues, args) =>
        actions.comment(issues, args['comment'] as string, { who: who() }),
      ),
      required: ['issues', 'comment'],
    },
  ]
}

function brief(issue: IssueRow) {
  const { spark: _spark, firstSeen, lastSeen, ...rest } = issue
  return { ...rest, firstSeen: time(firstSeen), lastSeen: time(lastSeen) }
}

function time(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}

const json = (value: unknown): string => JSON.stringify(value, null, 1)
