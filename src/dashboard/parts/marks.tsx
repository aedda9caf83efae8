import type { IssueRow, Position } from '../../read/types.ts'
import { ago, clock, full, short } from './format.ts'
import type { View } from '../view.ts'

/** A status in colour. A throw also has a sign, because not everyone sees colours. */
export function Status({ kind, status }: { kind: string; status: number }) {
  if (kind === 'thrown' || kind === 'browser')
    return (
      <span class="st sx" title={`thrown, answered ${status}`}>
        !<span class="vh">thrown</span>
      </span>
    )
  if (kind === 'missed')
    return (
      <span class="st s5" title="a job that did not run">
        –<span class="vh">missed</span>
      </span>
    )
  return <span class={`st ${status >= 500 ? 's5' : status >= 400 ? 's4' : 's2'}`}>{status}</span>
}

export function Time({ at, view, suffix = '' }: { at: number; view: View; suffix?: string }) {
  return (
    <time datetime={new Date(at).toISOString()} title={clock(at, view.timeZone)}>
      {ago(at, view.now) + suffix}
    </time>
  )
}

export function Count({ value }: { value: number }) {
  return <span title={full(value)}>{short(value)}</span>
}

/** The labels of an issue: new, back, muted, resolved, ignored. */
export function Chips({ issue, view }: { issue: IssueRow; view: View }) {
  const { isNew, regressed, muted, state, mutedUntil, mutedUntilCount, firstRelease } = issue
  const until =
    mutedUntil !== null && mutedUntil > view.now
      ? ago(view.now, mutedUntil)
      : mutedUntilCount === null
        ? ''
        : `until ${short(mutedUntilCount)}`
  return (
    <>
      {isNew && (
        <span class="chip new">
          {firstRelease === null ? 'NEW' : `NEW IN ${firstRelease.slice(0, 12)}`}
        </span>
      )}
      {regressed && <span class="chip back">BACK</span>}
      {muted && <span class="chip mute">{`MUTED ${until}`.trim()}</span>}
      {state === 'resolved' && <span class="chip okc">RESOLVED</span>}
      {state === 'ignored' && <span class="chip mute">IGNORED</span>}
    </>
  )
}

/** `1 of 38`: the place of an occurrence among those of its issue that are kept, newest first. */
export function Place({ position }: { position: Position | null }) {
  if (position === null) return null
  const { newer, older, cap } = position
  const some = `${full(cap)}+`
  const total = newer < cap && older < cap ? full(newer + older + 1) : some
  const text = newer < cap ? `${full(newer + 1)} of ${total}` : `after ${some} newer`
  return <span title="among the kept occurrences of the issue, newest first">{text}</span>
}
