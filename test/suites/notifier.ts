import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/model/alert.ts'
import type { Notifier, SendResult } from '../../src/model/channel.ts'
import {
  aDigest,
  anEmptyAlert,
  aHostileAlert,
  aHugeAlert,
  anAlert,
  anAlertOf,
  aThrow,
} from '../support/notifier-fixtures.ts'
import { NAUGHTY } from '../support/fixtures/naughty.ts'
import {
  startVendor,
  type Answer,
  type Received,
  type VendorServer,
} from '../support/notifier-server.ts'

/** A channel under test: its factory and the answers of its vendor. */
export interface NotifierCase {
  /**
   * Makes the channel with an address of the vendor. The suite's `fetch` sends its requests to the
   * local server.
   */
  make(options: { timeoutMs?: number }): Notifier
  /** The vendor's answer when it takes the message. */
  accepted: Answer
  /** The vendor's permanent refusals. */
  refusals: Answer[]
  /** A 429 as the vendor sends it, and the pause in it. */
  limited: { answer: Answer; retryAfterMs: number }
  /** Answers to requests before the message, such as one for a token. */
  before?: Answer[] | ((alert: Alert) => Answer[])
  /** False if the channel sends no digests. */
  takesDigests?: boolean
  /** Fails if hostile text has an effect in this channel. */
  expectInert(payload: unknown, message: Received): void
  /** Fails if the payload is over a limit of the vendor. */
  expectWithinLimits(payload: unknown, message: Received): void
  parse?: (message: Received) => unknown
}

/** The suite that every channel over HTTP passes, against a real server. */
export function notifierSuite(title: string, channel: NotifierCase): void {
  describe(title, () => {
    let vendor: VendorServer
    let notifier: Notifier
    const beforeOf = (alert: Alert): Answer[] =>
      typeof channel.before === 'function' ? channel.before(alert) : (channel.before ?? [])
    let before: Answer[] = []
    const parse = channel.parse ?? ((message: Received) => JSON.parse(message.body) as unknown)

    beforeAll(async () => {
      vendor = await startVendor()
    })
    beforeEach(() => {
      vendor.received.length = 0
      vendor.responses.length = 0
      notifier = channel.make({})
    })
    afterEach(() => {
      // A body is read or cancelled, whatever the outcome.
      for (const { body, bodyUsed } of vendor.responses)
        expect(body === null || bodyUsed).toBe(true)
    })
    afterAll(() => vendor.close())

    const send = (alert: Alert, ...answers: Answer[]): Promise<SendResult> => {
      before = beforeOf(alert)
      vendor.answers(...before, ...answers)
      return notifier.send(alert, vendor.context)
    }
    const message = (): Received => {
      const found = vendor.received[before.length]
      if (!found) throw new Error('the server has received no message')
      return found
    }
    const failure = (result: SendResult) => {
      if (result.ok) throw new Error('the message was taken')
      for (const secret of notifier.secrets ?? []) expect(result.reason).not.toContain(secret)
      expect(result.reason).not.toContain('echo')
      expect(result.reason).not.toMatch(/https?:/)
      return result
    }

    test.each<[string, Alert]>([
      ['an alert of a status', anAlert()],
      ['an alert of a throw', aThrow()],
      ['an alert without its occurrence', aThrow({ occurrence: null })],
      ['an alert that is not stored', aThrow({ stored: false })],
      ['an alert of empty texts', anEmptyAlert()],
      ...(channel.takesDigests === false
        ? []
        : ([['a digest', aDigest()]] satisfies [string, Alert][])),
    ])('sends %s in one request', async (_, alert) => {
      expect(await send(alert, channel.accepted)).toEqual({ ok: true })
      expect(vendor.received).toHaveLength(before.length + 1)
      channel.expectWithinLimits(parse(message()), message())
    })

    test('marks an alert that is not stored', async () => {
      await send(aThrow({ stored: false }), channel.accepted)
      expect(message().body).toContain('not stored')
    })

    test('names its secrets', () => {
      expect(notifier.secrets?.length).toBeGreaterThan(0)
    })

    test('refuses a redirect, for good', async () => {
      const result = await send(anAlert(), {
        status: 307,
        headers: { location: 'http://evil.example/echo' },
        body: 'echo',
      })
      expect(failure(result)).toMatchObject({ permanent: true })
      expect(vendor.received).toHaveLength(before.length + 1)
    })

    test.each(['silent', 'body'] as const)('gives up on a vendor that hangs (%s)', async (hang) => {
      notifier = channel.make({ timeoutMs: 60 })
      const result = failure(await send(anAlert(), { ...channel.accepted, hang }))
      expect(result.reason).toMatch(/no answer within \d+ ms/)
      expect(result.permanent).toBeUndefined()
      vendor.responses.length = 0
    })

    test('fails in a way that can pass when nothing listens', async () => {
      const refused: typeof fetch = () => fetch('http://127.0.0.1:9/echo')
      const result = failure(await channel.make({}).send(anAlert(), { fetch: refused }))
      expect(result.permanent).toBeUndefined()
      expect(result.reason).toMatch(/network error/)
    })

    test('waits as long as a 429 says', async () => {
      const result = failure(await send(anAlert(), channel.limited.answer))
      expect(result.retryAfterMs).toBe(channel.limited.retryAfterMs)
      expect(result.permanent).toBeUndefined()
    })

    test.each([500, 502, 503])('fails in a way that can pass on %i', async (status) => {
      const result = failure(await send(anAlert(), { status, body: '<html>echo</html>' }))
      expect(result.permanent).toBeUndefined()
      expect(result.reason).toContain(String(status))
    })

    test('reads a long reply to an end', async () => {
      const result = await send(anAlert(), { status: 500, body: 'echo'.repeat(200_000) })
      failure(result)
    })

    test.each(channel.refusals.map((answer) => [`${answer.status} ${answer.body ?? ''}`, answer]))(
      'takes %s as a refusal for good',
      async (_, answer) => {
        expect(failure(await send(anAlert(), answer as Answer))).toMatchObject({ permanent: true })
      },
    )

    test('sends hostile text as inert text', async () => {
      expect(await send(aHostileAlert(), channel.accepted)).toEqual({ ok: true })
      const { body } = message()
      // oxlint-disable-next-line no-control-regex
      expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/)
      channel.expectInert(parse(message()), message())
    })

    test('sends every naughty string as inert text', async () => {
      for (const text of NAUGHTY) {
        vendor.received.length = 0
        notifier = channel.make({})
        const alert = { ...anAlertOf(text), url: 'https://errors.example.com/i/1?a=<!channel>|x' }
        expect(await send(alert, channel.accepted)).toEqual({ ok: true })
        const { body } = message()
        // oxlint-disable-next-line no-control-regex
        expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/)
        channel.expectInert(parse(message()), message())
        channel.expectWithinLimits(parse(message()), message())
      }
    }, 60_000)

    test.each(['<&🔥é', 'a', '🔥', '*_`[', '\u202E', '\n', '"\\'])(
      'keeps the limits for a huge alert of %j',
      async (unit) => {
        expect(await send(aHugeAlert(unit), channel.accepted)).toEqual({ ok: true })
        expect(message().body).not.toMatch(/\\ud[89a-f]/i)
        channel.expectWithinLimits(parse(message()), message())
      },
    )
  })
}
