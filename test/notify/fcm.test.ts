import { createVerify, generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FcmMessage } from '../../src/notify/fcm/_message.ts'
import { fcmMessage } from '../../src/notify/fcm/_message.ts'
import { fcm, type FcmOptions } from '../../src/notify/fcm/fcm.ts'
import { aDigest, anAlert, aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const serviceAccount = {
  project_id: 'my-project',
  client_email: 'klaxon@my-project.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
const granted = {
  status: 200,
  body: JSON.stringify({ access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' }),
}
const accepted = { status: 200, body: '{"name":"projects/my-project/messages/1"}' }
const refusal = (status: number, errorCode: string) => ({
  status,
  body: JSON.stringify({
    error: { code: status, message: 'echo', details: [{}, null, { errorCode }] },
  }),
})

notifierSuite('fcm', {
  make: (options) => fcm({ serviceAccount, topic: 'errors', ...options }),
  before: [granted],
  accepted,
  refusals: [
    refusal(404, 'UNREGISTERED'),
    refusal(403, 'SENDER_ID_MISMATCH'),
    { status: 404, body: '{"error":{"status":"NOT_FOUND","message":"echo"}}' },
  ],
  limited: { answer: refusal(429, 'QUOTA_EXCEEDED'), retryAfterMs: 60_000 },
  expectInert(payload) {
    // A push message is plain text. Its data has ids and the dashboard's address.
    const { notification, data } = (payload as { message: FcmMessage }).message
    expect(Object.keys(notification)).toEqual(['title', 'body'])
    expect(Object.keys(data)).not.toContain('link')
    expect(notification.title).not.toContain('\n')
  },
  expectWithinLimits(payload, message) {
    expect(message.url).toBe('/v1/projects/my-project/messages:send')
    expect(message.headers['authorization']).toBe('Bearer ya29.token')
    expect(Buffer.byteLength(message.body)).toBeLessThanOrEqual(2_048)
    for (const value of Object.values((payload as { message: FcmMessage }).message.data)) {
      expect(typeof value).toBe('string')
    }
  },
})

describe('the message', () => {
  test('of a throw is this', () => {
    expect(fcmMessage(aThrow(), { token: 'device' })).toEqual({
      token: 'device',
      notification: {
        title: '⚠️ 500 Error: Server error at /orders/42',
        body: [
          "TypeError: Cannot read properties of undefined (reading 'total')",
          '1 since 2026-11-21 17:05:33 GMT+9 (milestone)',
        ].join('\n'),
      },
      data: {
        klaxon: 'milestone',
        id: '019aa5a0-7c1e-7000-8000-00000000abcd-milestone',
        stored: 'true',
        fingerprint: 'v1:00112233445566778899aabbccddeeff',
        errorId: '019aa5a0-7c1e-7000-8000-00000000abcd',
        url: 'https://errors.example.com/i/1',
      },
      android: { priority: 'high' },
    })
  })

  test('of a digest has its counts', () => {
    expect(fcmMessage(aDigest(), { condition: "'a' in topics" })).toMatchObject({
      condition: "'a' in topics",
      notification: { title: '23 more issues, 4,120 occurrences, since 14:02' },
      data: { klaxon: 'digest', issues: '23', occurrences: '4120' },
    })
  })
})

describe('the access token', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const exchangeWith = async (
    answers: Parameters<Awaited<ReturnType<typeof startVendor>>['answers']>,
    sends = 1,
    between: () => void = () => {},
  ) => {
    const vendor = await startVendor()
    vendor.answers(...answers)
    const notifier = fcm({ serviceAccount: JSON.stringify(serviceAccount), topic: 'errors' })
    const results = []
    for (let n = 0; n < sends; n++) {
      results.push(await notifier.send(anAlert(), vendor.context))
      between()
    }
    await vendor.close()
    return { results, received: vendor.received, paths: vendor.received.map(({ url }) => url) }
  }

  test('is asked for with an assertion that the account has signed', async () => {
    const { received } = await exchangeWith([granted, accepted])
    const form = new URLSearchParams(received[0]?.body)
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const verify = createVerify('RSA-SHA256').update(`${header}.${claims}`)
    expect(verify.verify(publicKey, signature, 'base64url')).toBe(true)
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object
    expect(decode(header)).toEqual({ alg: 'RS256', typ: 'JWT' })
    expect(decode(claims)).toEqual({
      iss: serviceAccount.client_email,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      aud: 'https://oauth2.googleapis.com/token',
      iat: expect.any(Number),
      exp: expect.any(Number),
    })
  })

  test('serves for 55 minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { paths } = await exchangeWith([granted, accepted, accepted, granted, accepted], 3, () =>
      vi.setSystemTime(Date.now() + 28 * 60_000),
    )
    const message = '/v1/projects/my-project/messages:send'
    expect(paths).toEqual(['/token', message, message, '/token', message])
  })

  test('is refreshed once on 401', async () => {
    const { results, paths } = await exchangeWith([granted, { status: 401 }, granted, accepted])
    expect(results).toEqual([{ ok: true }])
    expect(paths.filter((path) => path === '/token')).toHaveLength(2)
  })

  test('that is refused twice is a refusal for good', async () => {
    const { results, paths } = await exchangeWith([
      granted,
      { status: 401 },
      granted,
      { status: 401 },
    ])
    expect(results).toEqual([{ ok: false, permanent: true, reason: 'answered 401' }])
    expect(paths).toHaveLength(4)
  })

  test('that is not granted is a refusal for good, or one that can pass', async () => {
    const denied = { status: 400, body: '{"error":"invalid_grant","error_description":"echo"}' }
    expect((await exchangeWith([denied])).results).toEqual([
      { ok: false, permanent: true, reason: 'no access token (invalid_grant)' },
    ])
    expect((await exchangeWith([{ status: 503 }])).results).toEqual([
      { ok: false, unreachable: true, reason: 'no access token: answered 503' },
    ])
    expect((await exchangeWith([{ status: 200, body: '{}' }])).results).toEqual([
      { ok: false, reason: 'no access token in the answer' },
    ])
  })

  test('is signed with a key whose line ends came as two characters', async () => {
    const escaped = serviceAccount.private_key.replaceAll('\n', '\\n')
    const vendor = await startVendor()
    vendor.answers(granted, accepted)
    const account = { ...serviceAccount, private_key: escaped }
    const result = await fcm({ serviceAccount: account, token: 'device' }).send(
      anAlert(),
      vendor.context,
    )
    await vendor.close()
    expect(result).toEqual({ ok: true })
  })
})

test.each<[Partial<Record<keyof FcmOptions, unknown>>, string]>([
  [{ serviceAccount: {}, topic: 'x' }, 'has no project_id'],
  [{ serviceAccount: '{', topic: 'x' }, 'must be JSON'],
  [{ serviceAccount: { ...serviceAccount, private_key: 'x' }, topic: 'x' }, 'private_key in PEM'],
  [{ serviceAccount }, 'exactly one of `topic`'],
  [{ serviceAccount, topic: 'x', token: 'y' }, 'exactly one of `topic`'],
  [{ serviceAccount, topic: '/topics/x' }, 'leave out "/topics/"'],
])('options %# are refused', (options, message) => {
  expect(() => fcm(options as unknown as FcmOptions)).toThrow(message)
})
