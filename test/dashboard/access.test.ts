import { type Context, Hono } from 'hono'
import { sign } from 'hono/jwt'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { access, type AccessOptions } from '../../src/dashboard/access.ts'
import { admit } from '../../src/dashboard/admission.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const AUD = 'a'.repeat(64)
const CLAIMS = {
  aud: [AUD],
  email: 'ada@acme.example',
  iss: 'https://acme.cloudflareaccess.com',
  exp: NOON / 1000 + 86_400,
}

interface Key {
  jwk: JsonWebKey & { kid: string }
  secret: JsonWebKey
}
let key: Key
let other: Key

beforeAll(async () => {
  ;[key, other] = await Promise.all([makeKey('k1'), makeKey('k2')])
})
beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function makeKey(kid: string): Promise<Key> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { privateKey, publicKey } = pair as CryptoKeyPair
  const extra = { kid, alg: 'RS256' }
  return {
    jwk: { ...(await crypto.subtle.exportKey('jwk', publicKey)), ...extra, use: 'sig' },
    secret: { ...(await crypto.subtle.exportKey('jwk', privateKey)), ...extra },
  }
}

const signed = (claims: object, by: Key = key) => sign(claims as never, by.secret as never, 'RS256')

/** A server in Cloudflare's place, and the requests to it. */
function certs(
  answer: () => Response | Promise<Response> = () => Response.json({ keys: [key.jwk] }),
) {
  const asked: [string, RequestInit | undefined][] = []
  const fetchFn = async (url: string | URL | Request, init?: RequestInit) => {
    asked.push([String(url), init])
    return answer()
  }
  return { asked, fetch: fetchFn as typeof fetch }
}

function door(options: Partial<AccessOptions> = {}) {
  const auth = access({ team: 'acme', aud: AUD, fetch: certs().fetch, ...options })
  const app = new Hono().get('*', async (c) => c.json(await admit(c, auth)))
  return async (token: string | undefined) => {
    const headers: Record<string, string> =
      token === undefined ? {} : { 'cf-access-jwt-assertion': token }
    return (await (await app.request('/', { headers })).json()) as {
      kind: string
      visitor?: object
    }
  }
}

const isIn = async (ask: ReturnType<typeof door>, token: string | undefined) =>
  (await ask(token)).kind === 'in'

describe('a token', () => {
  test('of the team for this application lets its owner in', async () => {
    const ask = door({ readOnly: (email) => email.startsWith('bob') })
    const of = async (claims: object) => (await ask(await signed({ ...CLAIMS, ...claims }))).visitor
    expect(await of({})).toEqual({ name: 'ada@acme.example', readOnly: false })
    expect(await of({ email: 'bob@acme.example' })).toEqual({
      name: 'bob@acme.example',
      readOnly: true,
    })
    // A service token has no e-mail address.
    expect(await of({ email: undefined, common_name: 'robot' })).toEqual({
      name: 'robot',
      readOnly: false,
    })
    expect(await of({ aud: AUD })).toBeDefined()
    expect(await of({ aud: ['b'.repeat(64), AUD] })).toBeDefined()
    expect(await of({ nbf: NOON / 1000 })).toBeDefined()
  })

  test.each<[string, object]>([
    ['another application', { aud: ['b'.repeat(64)] }],
    ['a part of the application', { aud: [AUD.slice(1)] }],
    ['no application', { aud: undefined }],
    ['another team', { iss: 'https://evil.cloudflareaccess.com' }],
    ['no team', { iss: undefined }],
    ['yesterday', { exp: NOON / 1000 - 1 }],
    ['this very second', { exp: NOON / 1000 }],
    ['no end', { exp: undefined }],
    ['an end that is a text', { exp: String(CLAIMS.exp) }],
    ['tomorrow', { nbf: NOON / 1000 + 60 }],
    ['nobody', { email: undefined }],
    ['an empty name', { email: '' }],
    ['a name that is no text', { email: 7 }],
  ])('of %s is refused', async (_name, claims) => {
    expect(await isIn(door(), await signed({ ...CLAIMS, ...claims }))).toBe(false)
  })

  test('that is none, or signed by anything but a key of the team, is refused', async () => {
    const ask = door()
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const good = await signed(CLAIMS)
    const [, payload, mac] = good.split('.')
    const impostor = { ...other, secret: { ...other.secret, kid: 'k1' } } as Key
    const pem = await sign(CLAIMS as never, JSON.stringify(key.jwk), 'HS256')
    const hs256 = (head: object) => `${encode(head)}.${pem.split('.').slice(1).join('.')}`
    for (const token of [
      undefined,
      '',
      'nonsense',
      '..',
      `${encode({})}.${payload}.${mac}`,
      await signed(CLAIMS, other),
      await signed(CLAIMS, impostor),
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'none', kid: 'k1', typ: 'JWT' })}.${payload}.`,
      `${encode({ alg: 'None', kid: 'k1', typ: 'JWT' })}.${payload}.${mac}`,
      pem,
      hs256({ alg: 'HS256', kid: 'k1', typ: 'JWT' }),
      hs256({ alg: 'RS256', kid: 'k1', typ: 'JWT' }),
      `${encode({ alg: 'RS256', typ: 'JWT' })}.${payload}.${mac}`,
      `${encode({ alg: 'RS512', kid: 'k1', typ: 'JWT' })}.${payload}.${mac}`,
      `${good.slice(0, -6)}AAAAAA`,
      `${good.split('.')[0]}.${encode({ ...CLAIMS, email: 'root@acme.example' })}.${mac}`,
    ])
      expect([token, await isIn(ask, token)]).toEqual([token, false])
    expect(await isIn(ask, good)).toBe(true)
  })

  test('is read in the alphabet of URLs', async () => {
    const wide = { ...key, jwk: { ...key.jwk, kid: 'ÿþ?>~' } } as Key
    const ask = door(certs(() => Response.json({ keys: [wide.jwk] })))
    // A key id that base64 writes with + and /.
    const secret = { ...key.secret, kid: 'ÿþ?>~' }
    expect(await isIn(ask, await signed(CLAIMS, { ...wide, secret }))).toBe(true)
  })

  test('without a text for a name, or no token at all, is answered with nobody', async () => {
    const { by } = access({ team: 'acme', aud: AUD, fetch: certs().fetch }) as {
      by: (c: Context) => Promise<unknown>
    }
    const said = async (token: string | undefined) => {
      let visitor: unknown
      const app = new Hono().get('*', async (c) => {
        visitor = await by(c)
        return c.body(null)
      })
      const headers = token === undefined ? {} : { 'cf-access-jwt-assertion': token }
      expect((await app.request('/', { headers: headers as HeadersInit })).status).toBe(200)
      return visitor
    }
    expect(await said(undefined)).toBeNull()
    for (const email of [undefined, '', 7, { toString: 'x' }])
      expect(await said(await signed({ ...CLAIMS, email }))).toBeNull()
    expect(await said(await signed(CLAIMS))).not.toBeNull()
  })

  test('is not even looked at where the options cannot be right', async () => {
    for (const options of [
      { team: '' },
      { team: 'evil.example/x' },
      { team: 'a b' },
      { team: 'x'.repeat(64) },
      { team: undefined as never },
      { aud: '' },
      { aud: 'a'.repeat(31) },
      { aud: undefined as never },
      { aud: [AUD] as never },
    ]) {
      const end = certs()
      expect(await isIn(door({ ...end, ...options }), await signed(CLAIMS))).toBe(false)
      expect(end.asked).toEqual([])
    }
    expect(
      await isIn(door({ aud: 'a'.repeat(32) }), await signed({ ...CLAIMS, aud: 'a'.repeat(32) })),
    ).toBe(true)
  })
})

describe('the keys of a team', () => {
  test('are asked for at the team, in bounded time, without redirects', async () => {
    const end = certs()
    await door(end)(await signed(CLAIMS))
    const [[url, init]] = end.asked as [[string, RequestInit]]
    expect(url).toBe('https://acme.cloudflareaccess.com/cdn-cgi/access/certs')
    expect(init.redirect).toBe('error')
    expect(init.signal).toBeInstanceOf(AbortSignal)
  })

  test('come by the global fetch where none is given', async () => {
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(certs().fetch)
    expect(await isIn(door({ fetch: undefined as never }), await signed(CLAIMS))).toBe(true)
    expect(spy).toHaveBeenCalledTimes(1)
    spy.mockRestore()
  })

  test('are kept for an hour', async () => {
    const end = certs(() => Response.json({ keys: [other.jwk, key.jwk] }))
    const ask = door(end)
    const token = await signed(CLAIMS)
    for (const [at, count] of [
      [0, 1],
      [3_599_999, 1],
      [3_600_000, 2],
    ] as const) {
      vi.setSystemTime(NOON + at)
      expect(await isIn(ask, token)).toBe(true)
      expect(end.asked).toHaveLength(count)
    }
  })

  test('are asked for again when one is unknown, once a minute', async () => {
    let keys = [key.jwk]
    const end = certs(() => Response.json({ keys }))
    const ask = door(end)
    expect(await isIn(ask, await signed(CLAIMS))).toBe(true)
    keys = [other.jwk]
    const token = await signed(CLAIMS, other)
    expect(await isIn(ask, token)).toBe(false)
    vi.setSystemTime(NOON + 59_999)
    expect(await isIn(ask, token)).toBe(false)
    expect(end.asked).toHaveLength(1)
    vi.setSystemTime(NOON + 60_000)
    expect(await isIn(ask, token)).toBe(true)
    expect(end.asked).toHaveLength(2)
    // The team has revoked the first key.
    expect(await isIn(ask, await signed(CLAIMS))).toBe(false)
  })

  test('that do not come are asked for again after five seconds, and old ones last so long', async () => {
    let answer = () => new Response('no', { status: 500 })
    const end = certs(() => answer())
    const ask = door(end)
    const token = await signed(CLAIMS)
    expect(await isIn(ask, token)).toBe(false)
    expect(await isIn(ask, token)).toBe(false)
    expect(end.asked).toHaveLength(1)
    vi.setSystemTime(NOON + 5_000)
    answer = () => Response.json({ keys: [key.jwk] })
    expect(await isIn(ask, token)).toBe(true)
    vi.setSystemTime(NOON + 5_000 + 3_600_000)
    for (const bad of [
      () => new Response('no', { status: 503 }),
      () => Response.json({ keys: 'none' }),
      () => Response.json({ keys: [key.jwk] }, { status: 404 }),
      () => new Response('<html>'),
      () => {
        throw new TypeError('fetch failed')
      },
    ]) {
      answer = bad
      vi.setSystemTime(Date.now() + 5_000)
      const before = end.asked.length
      expect(await isIn(ask, token)).toBe(true)
      expect(end.asked).toHaveLength(before + 1)
    }
  })

  test('are asked for by each request that comes before they are there, up to five', async () => {
    const waiting: (() => void)[] = []
    const end = certs(
      () => new Promise((done) => waiting.push(() => done(Response.json({ keys: [key.jwk] })))),
    )
    const ask = door(end)
    const token = await signed(CLAIMS)
    const asking = Array.from({ length: 8 }, () => isIn(ask, token))
    await vi.waitFor(() => expect(waiting).toHaveLength(5))
    for (const answer of waiting) answer()
    const answers = await Promise.all(asking)
    expect(answers.filter(Boolean).length).toBeGreaterThanOrEqual(5)
    expect(end.asked).toHaveLength(5)
    // The places are free again.
    vi.setSystemTime(NOON + 2 * 3_600_000)
    const later = isIn(ask, token)
    await vi.waitFor(() => expect(waiting).toHaveLength(6))
    waiting[5]!()
    expect(await later).toBe(true)
  })

  test('that are refused have their body cancelled', async () => {
    const cancel = vi.fn<() => void>()
    const body = new ReadableStream({ cancel })
    await door(certs(() => new Response(body, { status: 500 })))(await signed(CLAIMS))
    expect(cancel).toHaveBeenCalledTimes(1)
  })
})
