import { effectiveStatus, type Issue } from '../model/issue.ts'
import { COOLDOWN_MS, MILESTONES, QUIET_COUNT } from '../model/limits.ts'
import { isMuted } from './query/issue-state.ts'
import type { ChannelStatus, IssueEvent, WhyAlerted } from './types.ts'

/** The facts of the sentences. The issue's page has all of them. */
export interface AlertFacts {
  issue: Issue
  /** Why the next alert is due; null when none is. */
  due: string | null
  alertedAt: number | null
  channels: readonly ChannelStatus[]
  /** Alerts of the issue that are not sent yet. */
  waiting: readonly { channel: string; tries: number; digest: boolean; createdAt: number }[]
  /** The history, newest first. */
  events: readonly IssueEvent[]
  /** The policy that the service's klaxons have stored; null without one. */
  policy: Policy | null
  now: number
}

export interface Policy {
  cooldownMs?: number
  milestones?: readonly number[]
  every?: boolean
  minStatus?: number
  quiet?: boolean
}

/** One sentence per channel: why it got an alert of the issue or not. Times are UTC. */
export function whyAlerted(facts: AlertFacts): WhyAlerted[] {
  const { issue, channels } = facts
  const mine = channels.filter((channel) => isFor(channel, issue))
  if (mine.length === 0)
    return [{ channel: '', sentence: 'No channel has asked for alerts of this service yet.' }]
  return mine.map((channel) => ({
    channel: channel.key,
    sentence: `${lastWord(facts, channel)} ${nextWord(facts, channel)}`.trim(),
  }))
}

function isFor({ service, environment }: ChannelStatus, issue: Issue): boolean {
  return (
    service === (issue.service ?? '') &&
    (environment === '' || issue.environment === null || environment === issue.environment)
  )
}

/** The last alert of the channel. */
function lastWord({ events, now }: AlertFacts, channel: ChannelStatus): string {
  const event = events.find((each) => each.channel === channel.key)
  if (event === undefined) return 'Not told yet.'
  const at = clock(event.at, now)
  const { reason, alert, digest } = event.data ?? {}
  if (event.what === 'sent') {
    if (digest === true) return `Told in the ${at} digest.`
    return `Told at ${at}${said(alert ?? reason, ' (', ')')}.`
  }
  const what = `${event.what[0]?.toUpperCase() ?? ''}${event.what.slice(1)}`
  return `${what} at ${at}${said(reason, ': ', '')}.`
}

function said(value: unknown, before: string, after: string): string {
  return typeof value === 'string' && value !== '' ? `${before}${value}${after}` : ''
}

/** The reason why the next alert is kept back, or what it waits for. */
function nextWord(facts: AlertFacts, channel: ChannelStatus): string {
  const { issue, now, due, alertedAt, waiting, policy } = facts
  const minStatus = policy?.minStatus ?? 0
  const isBelow = effectiveStatus(issue) < minStatus
  const isQuiet = policy?.quiet === true && effectiveStatus(issue) < 500
  if (issue.state === 'ignored') return 'Silent: the issue is ignored.'
  if (issue.state === 'resolved' && !isBelow)
    return 'Next when it comes back: the issue is resolved.'
  if (isMuted(issue, now)) return `Silent: ${untilWhen(issue, now)}.`
  const { key, pausedUntil, permanent, reason } = channel
  if (pausedUntil > now) {
    const why = reason === null || reason === '' ? '' : ` (${reason})`
    return `${permanent ? 'Disabled' : 'Paused'} until ${clock(pausedUntil, now)}${why}.`
  }
  const alert = waiting.find((each) => each.channel === key)
  if (alert !== undefined) {
    if (alert.digest) return 'Waits for the next digest: over the alerts a minute.'
    return alert.tries > 0 ? `Waiting after ${alert.tries} of 5 tries.` : 'Waiting to be sent.'
  }
  if (isBelow) return `Silent: alerts begin at status ${minStatus}.`
  const cooldown = policy?.every === true ? 0 : (policy?.cooldownMs ?? COOLDOWN_MS)
  const cooled = (alertedAt ?? -Infinity) + cooldown
  const quiet = `waits for ${QUIET_COUNT} within an hour (quiet)`
  if (due !== null) {
    if (cooled > now)
      return `Due (${due}), cooling down until ${clock(cooled, now)}${isQuiet ? `, then ${quiet}` : ''}.`
    return `Due (${due}): ${isQuiet ? quiet : 'the next write or `maintain` sends it'}.`
  }
  if (policy?.every === true) return 'Next with the next occurrence.'
  const next = (policy?.milestones ?? MILESTONES).find((milestone) => milestone > issue.count)
  if (next === undefined) return 'No further milestone.'
  return `Next at ${count(next)}, now ${count(issue.count)}${isQuiet ? `: ${quiet}` : ''}.`
}

function untilWhen({ mutedUntil, mutedUntilCount, count: now }: Issue, at: number): string {
  if ((mutedUntil ?? 0) > at) return `muted until ${clock(mutedUntil!, at)}`
  return `muted until ${count(mutedUntilCount!)} occurrences, now ${count(now)}`
}

const count = (n: number): string => n.toLocaleString('en-US')

/** `14:07`, with the date on another UTC day. */
function clock(at: number, now: number): string {
  const time = new Date(Math.min(at, 8.64e15)).toISOString()
  const isToday = time.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
  return isToday ? time.slice(11, 16) : `${time.slice(0, 10)} ${time.slice(11, 16)}`
}
