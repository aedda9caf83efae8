import type { Claim, Settlement } from '../model/alert.ts'
import type { SendResult } from '../model/channel.ts'
import { MAX_SEND_TRIES, RETRY_MS } from '../model/limits.ts'
import { HOUR_MS } from '../util/time-units.ts'

/**
 * ms of pause for a channel that could not be reached, so that a storm does not try it with every
 * flush.
 */
const UNREACHABLE_PAUSE_MS = 10_000
/** ms of pause for the message of that try, so that the next try sends another message. */
const NEXT_ROUND_MS = 60_000
/** Tries that network failures count up to. They alone never lead to giving up. */
const NETWORK_TRIES = MAX_SEND_TRIES - 2

/**
 * The settlement of a failed try. There are two kinds of failure. When the channel is away, rate
 * limited or gone, all of its alerts wait. When the channel refuses a message, that message alone
 * waits, the next one goes out, and klaxon gives it up after 5 tries.
 */
export function settlementOf(claim: Claim, result: SendResult & { ok: false }): Settlement {
  const { id, attempt, channel, tries } = claim
  const base = { id, attempt, channel, reason: result.reason, outcome: 'failed' } as const
  if (result.unanswered === true) {
    const pause = { pauseMs: UNREACHABLE_PAUSE_MS, retryMs: NEXT_ROUND_MS }
    // The message may be out: send it once more, and never a third time.
    if (tries >= MAX_SEND_TRIES - 1) return { ...base, ...pause, outcome: 'gave up' }
    return { ...base, ...pause, tries: MAX_SEND_TRIES - 1 }
  }
  const pauseMs = pauseOf(result)
  if (pauseMs !== undefined) {
    const paused = { ...base, pauseMs, permanent: result.permanent === true }
    if (result.unreachable !== true) return paused
    const counted = Math.max(tries, Math.min(tries + 1, NETWORK_TRIES))
    return { ...paused, tries: counted, retryMs: NEXT_ROUND_MS }
  }
  if (tries + 1 >= MAX_SEND_TRIES) return { ...base, outcome: 'gave up' }
  return { ...base, tries: tries + 1, retryMs: RETRY_MS[tries] ?? HOUR_MS }
}

/** ms of pause for the whole channel; undefined when only the message failed. */
function pauseOf(result: SendResult & { ok: false }): number | undefined {
  if (result.permanent === true) return HOUR_MS
  // A channel from outside this package may return anything. A garbled value must not silence it.
  const ms: unknown = result.retryAfterMs
  if (ms !== undefined)
    return typeof ms === 'number' && ms >= 0 ? Math.min(ms, HOUR_MS) : UNREACHABLE_PAUSE_MS
  return result.unreachable === true ? UNREACHABLE_PAUSE_MS : undefined
}
