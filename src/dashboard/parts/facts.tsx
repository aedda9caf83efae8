import type { Child } from 'hono/jsx'
import type { Breadcrumb, Occurrence } from '../../model/occurrence.ts'
import { quote } from '../../read/query/words.ts'
import { href, type View } from '../view.ts'
import { browserOf, clock } from './format.ts'

/** The request. Each value links to the occurrences that share it. */
export function RequestFacts({
  occurrence: o,
  view,
  trace,
}: {
  occurrence: Occurrence
  view: View
  trace: number
}) {
  const find = (query: string, text: string) => (
    <a href={href(view, 'occurrences', { q: query })}>{text}</a>
  )
  const rows: [string, Child | null][] = [
    ['URL', `${o.host ?? ''}${o.path}${o.query === null ? '' : `?${o.query}`}`],
    ['Route', o.route && find(`route:${quote(o.route)}`, o.route)],
    [
      'User',
      o.userId === null && o.username === null ? (
        'Anonymous'
      ) : (
        <>
          {o.userId !== null && find(`user:${quote(o.userId)}`, o.userId)}
          {o.username !== null && ` · ${o.username}`}
        </>
      ),
    ],
    [
      'Client',
      [o.clientIp, o.userAgent === null ? null : browserOf(o.userAgent)]
        .filter(Boolean)
        .join(' · ') || null,
    ],
    ['User agent', o.userAgent],
    [
      'Trace',
      o.traceId && (
        <>
          {find(`trace:${o.traceId}`, o.traceId)}
          {trace > 0 && ` · ${trace + 1} failures in it`}
        </>
      ),
    ],
    ['Request id', o.requestId],
    ['Edge', [o.colo, o.country].filter(Boolean).join(' · ') || null],
    ['Release', o.release && find(`release:${quote(o.release)}`, o.release)],
    ['Service', o.service && find(`service:${quote(o.service)}`, o.service)],
    ['Environment', o.environment && find(`env:${quote(o.environment)}`, o.environment)],
    ['Runtime', o.runtime],
    ['Duration', o.durationMs === null ? null : `${Math.round(o.durationMs)} ms`],
    ['Resend of', o.resentFrom && <a href={href(view, `e/${o.resentFrom}`)}>{o.resentFrom}</a>],
  ]
  return (
    <section class="card">
      <h2>
        Request
        <span class="r">{clock(o.occurredAt, view.timeZone)}</span>
      </h2>
      <Facts rows={rows} />
    </section>
  )
}

export function Facts({ rows }: { rows: readonly [string, Child | null][] }) {
  return (
    <dl>
      {rows.map(
        ([name, value]) =>
          value !== null &&
          value !== '' && (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
    </dl>
  )
}

/** Names and values: headers, context, extra. */
export function Bag({ title, values }: { title: string; values: Record<string, unknown> | null }) {
  const entries = Object.entries(values ?? {})
  if (entries.length === 0) return null
  return (
    <section class="card">
      <h2>{title}</h2>
      <Facts rows={entries.map(([name, value]) => [name, textOf(value)])} />
    </section>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

/** The time before the failure: `−120 ms`, `−4.2 s`. */
function before(ms: number): string {
  if (ms <= 0) return '0 ms'
  return ms < 1_000 ? `−${ms} ms` : `−${(ms / 1_000).toFixed(1)} s`
}

export function Breadcrumbs({ crumbs, at }: { crumbs: Breadcrumb[] | null; at: number }) {
  if (crumbs === null || crumbs.length === 0) return null
  return (
    <section class="card">
      <h2>
        Before it happened
        <span class="r">{`${crumbs.length} breadcrumb${crumbs.length === 1 ? '' : 's'}`}</span>
      </h2>
      {crumbs.map((crumb) => (
        <div class="crumb">
          <i>{before(at - crumb.at)}</i>
          <i>{crumb.kind}</i>
          <span>
            {crumb.data === null ? crumb.message : `${crumb.message} ${JSON.stringify(crumb.data)}`}
          </span>
        </div>
      ))}
    </section>
  )
}
