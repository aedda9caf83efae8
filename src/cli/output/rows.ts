import type { IssueRow, OccurrenceRow } from '../../read/types.ts'
import type { Context } from '../command.ts'
import type { Column } from './table.ts'
import { ago, iso } from './time.ts'

type Format = Parameters<Context['style']>[0]

/**
 * The style of a status: throws and 5xx in red, other failures in yellow. `!` marks a throw without
 * colour.
 */
export function statusStyle({ kind, status }: { kind: string; status: number }): Format {
  if (kind !== 'status') return 'magenta'
  return status >= 500 ? 'red' : 'yellow'
}

function statusText({ kind, status }: { kind: string; status: number }): string {
  return kind === 'status' ? String(status) : `!${status}`
}

/** The start of a fingerprint, for people to type. */
export function short(fingerprint: string): string {
  return fingerprint.replace(/^v1:/, '').slice(0, 10)
}

function marks({ isNew, regressed, muted, state }: IssueRow): string {
  const list = [isNew && 'new', regressed && 'back', muted && 'muted', state !== 'open' && state]
  return list.filter((mark) => mark !== false).join(' ')
}

export function issueColumns(now: number): Column<IssueRow>[] {
  return [
    {
      title: 'ISSUE',
      shown: ({ fingerprint }) => short(fingerprint),
      value: ({ fingerprint }) => fingerprint,
      style: () => 'cyan',
    },
    { title: 'STATE', value: ({ state }) => state },
    {
      title: 'STATUS',
      shown: statusText,
      value: ({ status }) => status,
      style: statusStyle,
      align: 'right',
    },
    { title: 'KIND', value: ({ kind }) => kind },
    {
      title: 'COUNT',
      shown: ({ count }) => count.toLocaleString('en-US'),
      value: ({ count }) => count,
      align: 'right',
    },
    {
      title: '24H',
      shown: ({ recent }) => (recent === 0 ? '' : recent.toLocaleString('en-US')),
      value: ({ recent }) => recent,
      align: 'right',
    },
    {
      title: 'FIRST',
      shown: ({ firstSeen }) => ago(firstSeen, now),
      value: ({ firstSeen }) => iso(firstSeen),
      align: 'right',
      style: () => 'dim',
    },
    {
      title: 'LAST',
      shown: ({ lastSeen }) => ago(lastSeen, now),
      value: ({ lastSeen }) => iso(lastSeen),
      align: 'right',
    },
    { title: 'ENVIRONMENT', value: ({ environment }) => environment },
    { title: 'SERVICE', value: ({ service }) => service },
    { title: 'TITLE', shown: ({ title }) => title, value: ({ title }) => title, grows: true },
    { title: '', shown: marks, style: () => 'blue' },
  ]
}

export function occurrenceColumns(now: number): Column<OccurrenceRow>[] {
  return [
    {
      title: 'AGO',
      shown: ({ occurredAt }) => ago(occurredAt, now),
      value: ({ occurredAt }) => iso(occurredAt),
      align: 'right',
      style: () => 'dim',
    },
    { title: 'ERROR ID', shown: ({ id }) => id, value: ({ id }) => id, style: () => 'cyan' },
    { title: 'ISSUE', value: ({ fingerprint }) => fingerprint },
    {
      title: 'STATUS',
      shown: statusText,
      value: ({ status }) => status,
      style: statusStyle,
      align: 'right',
    },
    { title: 'METHOD', value: ({ method }) => method },
    { title: 'PATH', value: ({ path }) => path },
    { title: 'USER', value: ({ userId }) => userId },
    { title: 'RELEASE', value: ({ release }) => release },
    {
      title: 'TITLE',
      shown: ({ title, kind, method, path }) =>
        kind === 'status' ? `${method} ${path}` : `${method} ${path}  ${title}`,
      value: ({ title }) => title,
      grows: true,
    },
  ]
}
