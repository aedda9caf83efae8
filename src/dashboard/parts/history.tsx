import type { IssueEvent } from '../../read/types.ts'
import { personName } from '../../util/person-name.ts'
import type { View } from '../view.ts'
import { Time } from './marks.tsx'

export function History({ events, view }: { events: readonly IssueEvent[]; view: View }) {
  if (events.length === 0) return null
  return (
    <>
      <h2>History</h2>
      {events.map((event) => (
        <div class="ev">
          <Time at={event.at} view={view} />
          <div>
            {event.who !== null && <b>{`${personName(event.who)} `}</b>}
            {sentenceOf(event)}
          </div>
        </div>
      ))}
    </>
  )
}

/** The event in words. */
export function sentenceOf({ what, channel, data }: IssueEvent): string {
  const name = channel?.split(':')[0] ?? ''
  const text = (key: string): string | null =>
    typeof data?.[key] === 'string' || typeof data?.[key] === 'number' ? String(data[key]) : null
  const note = text('comment') ?? text('note') ?? text('text')
  const reason = text('reason')
  if (what === 'comment') return `noted: ${note ?? ''}`
  if (name !== '') return `${name} ${what}${reason === null ? '' : `: ${reason}`}`
  return note === null ? what : `${what}: ${note}`
}
