import type { ChannelStatus, IssueEvent } from '../types.ts'
import { number, text, tolerant } from './columns.ts'
import { raw, sql, type Sql } from './statement.ts'

type Row = Record<string, unknown>

export function historyStatement(fingerprint: Sql, limit: number): Sql {
  return sql`select id, fingerprint, at, what, channel, who, data from klaxon_events
where fingerprint = ${fingerprint} order by at desc, id desc limit ${raw(String(limit))}`
}

export function toEvent(row: Row): IssueEvent {
  const data = tolerant<Record<string, unknown>>(row['data'])
  return {
    id: String(row['id']),
    fingerprint: String(row['fingerprint']),
    at: number(row['at']),
    what: String(row['what']),
    channel: text(row['channel']),
    who: text(row['who']),
    data: typeof data === 'object' ? data : null,
  }
}

export const CHANNEL_ROWS = sql`select key, name, service, environment, used_at, paused_until, permanent, reason
from klaxon_channels order by service, environment, name, key limit 100`

export function toChannel(row: Row): ChannelStatus {
  return {
    key: String(row['key']),
    name: String(row['name']),
    service: String(row['service']),
    environment: String(row['environment']),
    usedAt: number(row['used_at']),
    pausedUntil: number(row['paused_until']),
    permanent: number(row['permanent']) === 1,
    reason: text(row['reason']),
  }
}
