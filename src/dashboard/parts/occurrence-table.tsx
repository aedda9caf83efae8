import type { OccurrenceRow } from '../../read/types.ts'
import { href, type View } from '../view.ts'
import { Status, Time } from './marks.tsx'

export interface OccurrenceTableProps {
  rows: readonly OccurrenceRow[]
  view: View
  /** The position and the query of new rows. Without it no new rows appear. */
  tail?: { after: number; query: string } | undefined
}

export function OccurrenceTable({ rows, view, tail }: OccurrenceTableProps) {
  return (
    <table class="issues feed">
      <thead>
        <tr>
          <th class="c3" scope="col">
            When
          </th>
          <th scope="col">What</th>
          <th class="hide" scope="col">
            Path
          </th>
          <th class="hide c1" scope="col">
            User
          </th>
          <th class="hide c1" scope="col">
            Release
          </th>
          <th class="hide c2" scope="col">
            Edge
          </th>
        </tr>
      </thead>
      <tbody
        data-tail={tail?.after}
        data-q={tail?.query}
        aria-live={tail === undefined ? undefined : 'polite'}
      >
        <OccurrenceRows rows={rows} view={view} />
      </tbody>
    </table>
  )
}

export function OccurrenceRows({
  rows,
  view,
  fresh = false,
}: {
  rows: readonly OccurrenceRow[]
  view: View
  fresh?: boolean
}) {
  return (
    <>
      {rows.map((row) => {
        const link = href(view, `e/${row.id}`)
        return (
          <tr data-href={link} class={fresh ? 'fresh' : undefined}>
            <td class="c3">
              <Time at={row.occurredAt} view={view} />
            </td>
            <td>
              <div class="t">
                <Status kind={row.kind} status={row.status} />
                <a href={link} title={row.title}>
                  {row.title}
                </a>
              </div>
            </td>
            <td class="hide path">
              <code title={row.path}>{row.path}</code>
            </td>
            <td class="hide c1 path">{row.username ?? row.userId ?? ''}</td>
            <td class="hide c1 path">{row.release ?? ''}</td>
            <td class="hide c2 path">{[row.colo, row.country].filter(Boolean).join(' ')}</td>
          </tr>
        )
      })}
    </>
  )
}
