import { describe, expect, test } from 'vitest'
import { settlementOf } from '../../src/alerts/settlement.ts'
import type { Claim, Settlement } from '../../src/model/alert.ts'
import type { SendResult } from '../../src/model/channel.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'
import { SECOND_MS } from '../support/store-fixtures.ts'

/** What the settlement of a failed try says besides its claim. */
function settled(tries: number, result: object): Partial<Settlement> {
  const claim = { id: 'i', attempt: 'a', channel: 'chat', tries } as Claim
  const failure = { ok: false, reason: 'no', ...result } as SendResult & { ok: false }
  const { id, attempt, channel, reason, ...rest } = settlementOf(claim, failure)
  expect({ id, attempt, channel, reason }).toEqual({
    ...{ id: 'i', attempt: 'a', channel: 'chat', reason: 'no' },
  })
  return rest
}

describe('a message that its channel refuses', () => {
  test.each([
    [0, 10 * SECOND_MS],
    [1, MINUTE_MS],
    [2, 10 * MINUTE_MS],
    [3, HOUR_MS],
  ])('after %i tries waits for %i ms, and pauses nothing', (tries, retryMs) => {
    expect(settled(tries, {})).toEqual({ outcome: 'failed', tries: tries + 1, retryMs })
  })

  test('is given up at the fifth try', () => {
    expect(settled(4, {})).toEqual({ outcome: 'gave up' })
  })
})

describe('a message without an answer', () => {
  const pause = { pauseMs: 10 * SECOND_MS, retryMs: MINUTE_MS }

  test('has one try left, whatever the channel asks for', () => {
    for (const tries of [0, 3])
      expect(settled(tries, { unanswered: true, retryAfterMs: 1 })).toEqual({
        ...pause,
        outcome: 'failed',
        tries: 4,
      })
  })

  test('is given up when that try has no answer either', () => {
    expect(settled(4, { unanswered: true })).toEqual({ ...pause, outcome: 'gave up' })
  })
})

describe('a channel', () => {
  test('that refuses for good pauses for an hour, and its messages keep their tries', () => {
    const paused = { outcome: 'failed', pauseMs: HOUR_MS, permanent: true }
    expect(settled(3, { permanent: true })).toEqual(paused)
    expect(settled(3, { permanent: true, retryAfterMs: 1 })).toEqual(paused)
  })

  test.each<[unknown, number]>([
    [0, 0],
    [1, 1],
    [HOUR_MS + 1, HOUR_MS],
    [Infinity, HOUR_MS],
    ['30', 10 * SECOND_MS],
    [-5, 10 * SECOND_MS],
    [NaN, 10 * SECOND_MS],
    [null, 10 * SECOND_MS],
  ])('that asks for %s ms pauses for %i ms', (retryAfterMs, pauseMs) => {
    expect(settled(4, { retryAfterMs })).toEqual({ outcome: 'failed', pauseMs, permanent: false })
  })

  test.each([
    [0, 1],
    [2, 3],
    [3, 3],
    [4, 4],
  ])('that the network does not reach counts a message’s try %i as %i', (tries, counted) => {
    expect(settled(tries, { unreachable: true })).toEqual({
      ...{ outcome: 'failed', pauseMs: 10 * SECOND_MS, permanent: false },
      ...{ tries: counted, retryMs: MINUTE_MS },
    })
  })
})
