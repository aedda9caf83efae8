import type { Alert, Claim } from '../model/alert.ts'
import { composeAlert } from './compose.ts'
import type { Alerts } from './dispatch.ts'
import { NO_DETAILS } from './engine-claims.ts'
import { newIssue, toIssue } from './policy.ts'

/** The outcome of a test alert in one channel. */
export interface ChannelReport {
  channel: string
  ok: boolean
  /** Why it failed; null when it succeeded. Contains no secret. */
  reason: string | null
}

/** Sends a test alert to every channel, regardless of pauses and rules. */
export function testChannels(
  { channels, sendOne }: Pick<Alerts, 'channels' | 'sendOne'>,
  { now, timeZone }: { now: () => number; timeZone: string },
): Promise<ChannelReport[]> {
  return Promise.all(
    channels.map(async (each) => {
      const result = await sendOne(each, testAlert(now(), timeZone))
      const reason = result.ok ? null : result.reason
      return { channel: each.channel.name, ok: result.ok, reason }
    }),
  )
}

/** A test alert. Its reason marks it as one. */
function testAlert(occurredAt: number, timeZone: string): Alert {
  const none = { service: null, environment: null, release: null, occurredAt }
  const place = { kind: 'status', status: 503, method: 'GET', route: '/klaxon-test' } as const
  const first = { fingerprint: 'test', title: 'klaxon test', ...place, ...none }
  const claim: Omit<Claim, 'id' | 'attempt' | 'channel' | 'tries'> = {
    reason: 'test',
    issue: { ...toIssue(newIssue(first, occurredAt)), count: 1 },
    ...{ occurrence: null, added: 1, digest: null, ...NO_DETAILS },
  }
  return composeAlert(claim, { stored: true, timeZone })!
}
