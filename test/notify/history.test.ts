import { describe, expect, test } from 'vitest'
import type { EarlierEvent } from '../../src/model/alert.ts'
import { fcmMessage } from '../../src/notify/fcm/_message.ts'
import { telegramMessage } from '../../src/notify/telegram.ts'
import { historyLine, placesLine } from '../../src/notify/text/history.ts'
import { plainText } from '../../src/notify/text/lines.ts'
import { AT, aFullAlert, aHugeAlert } from '../support/notifier-fixtures.ts'

const told = (channel: string, at = AT): EarlierEvent => ({
  ...{ at, what: 'sent', channel, who: null, reason: 'new' },
})
const acted = (what: string, who: string | null): EarlierEvent => ({
  ...{ at: AT, what, channel: null, who, reason: null },
})
const lineOf = (...history: EarlierEvent[]): string => historyLine({ history, timeZone: 'UTC' })

describe('places', () => {
  test('are counted, and three of them are named', () => {
    expect(placesLine({ places: [], count: 3 })).toBe('')
    expect(placesLine({ places: ['GET /a', 'POST /b', 'GET /c'], count: 50 })).toBe(
      '3 places: GET /a, POST /b, GET /c',
    )
    const five = ['GET /a', 'POST /b', 'GET /c', 'GET /d', 'GET /e']
    expect(placesLine({ places: five, count: 5 })).toBe(
      '5 places: GET /a, POST /b, GET /c and 2 more',
    )
  })

  test('are those of the newest 50 occurrences when there are more', () => {
    expect(placesLine({ places: ['GET /a', 'POST /b'], count: 51 })).toBe(
      '2 places in the newest 50: GET /a, POST /b',
    )
  })

  test('are cut one by one, and never within a character', () => {
    const long = `GET /${'🔥'.repeat(100)}`
    expect(placesLine({ places: [long, 'GET /b'], count: 2 })).toBe(
      `2 places: GET /${'🔥'.repeat(27)}…, GET /b`,
    )
  })
})

describe('the history', () => {
  test('says each channel with its time and reason, then who acted', () => {
    expect(lineOf()).toBe('')
    expect(lineOf(acted('resolved', 'ada'), told('slack'), told('mail', AT - 60_000))).toBe(
      'told before: slack 2026-11-21 08:05:33 GMT+0 (new), mail 2026-11-21 08:04:33 GMT+0 (new); resolved by ada 2026-11-21 08:05:33 GMT+0',
    )
  })

  test('names three channels and two actions', () => {
    const line = lineOf(
      ...['a', 'b', 'c', 'd', 'e'].map((channel) => told(channel)),
      ...['comment', 'muted', 'reopened'].map((what) => acted(what, 'bob')),
    )
    expect(line).toMatch(
      /^told before: a .*, b .*, c .* and 2 more; commented by bob .*, muted by /,
    )
    expect(line).not.toContain('reopened')
  })

  test('says no reason when none is known', () => {
    expect(lineOf({ ...told('slack'), reason: null })).toBe(
      'told before: slack 2026-11-21 08:05:33 GMT+0',
    )
  })

  test('says what was done also when nobody was told, and when nobody is known', () => {
    expect(lineOf(acted('muted', null))).toBe('muted 2026-11-21 08:05:33 GMT+0')
  })
})

test('the plain text of an alert has both', () => {
  const text = plainText(aFullAlert())
  expect(text).toContain('Places: 5 places in the newest 50: POST /orders/:id, ')
  expect(text).toContain('History: told before: slack 2026-11-19 17:05:33 GMT+9 (new), ')
})

test('a push message gives the room of its short parts to the long ones', () => {
  const { occurrence } = aFullAlert()
  const alert = aFullAlert({ occurrence: { ...occurrence!, errorMessage: 'x'.repeat(2_000) } })
  const { body } = fcmMessage(alert, { topic: 'errors' }).notification
  const [error, ...others] = body.split('\n')
  expect(error).toMatch(/^TypeError: x{150,}…$/)
  expect(others.join('\n')).not.toContain('…')
})

test('Telegram leaves out the history, then the places, of a message that is too long', () => {
  const labels = (places: readonly string[]): string[] => {
    const alert = { ...aHugeAlert('a'), places }
    const { text, entities } = telegramMessage(alert, 1)
    const bold = entities.filter(({ type }) => type === 'bold')
    return bold.map(({ offset, length }) => text.slice(offset, offset + length))
  }
  expect(labels(['GET /a', 'GET /b'])).toEqual(expect.arrayContaining(['Places', 'Error ID']))
  expect(labels(['GET /a', 'GET /b'])).not.toContain('History')
})
