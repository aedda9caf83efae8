import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { areEqual, sign, toBase64Url } from '../../src/dashboard/auth/crypto.ts'
import { isSameOrigin } from '../../src/dashboard/auth/csrf.ts'
import { createLoginLimit } from '../../src/dashboard/auth/login-limit.ts'
import {
  endSession,
  readSession,
  type Session,
  startSession,
  tokenOf,
} from '../../src/dashboard/auth/session.ts'
import { admit, mayChange, type Pass } from '../../src/dashboard/admission.ts'
import type { DashboardAuth } from '../../src/dashboard/options.ts'

const SECRET = 's'.repeat(32)
const ORIGIN = 'https://app.example'
const NOON = Date.UTC(2026, 10, 21, 12)

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a signature', () => {
  test('is the HMAC under a key that is derived for its purpose', async () => {
    const encoder = new TextEncoder()
    const hmac = async (key: BufferSource, text: string) => {
      const algorithm = { name: 'HMAC', hash: 'SHA-256' }
      const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
      return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)))
    }
    const derived = await hmac(encoder.encode(SECRET), 'klaxon dashboard session')
    expect(await sign(SECRET, 'session', 'text')).toBe(
      Buffer.from(await hmac(derived, 'text')).toString('base64url'),
    )
  })

  test('differs by secret, by purpose and by text, however many there were', async () => {
    const all = new Set<string>()
    for (let nth = 0; nth < 20; nth++) {
      all.add(await sign(SECRET + nth, 'session', 'text'))
      all.add(await sign(SECRET + nth, 'form', 'text'))
      all.add(await sign(SECRET + nth, 'form', 'other'))
    }
    expect(all.size).toBe(60)
    expect(all).toContain(await sign(`${SECRET}0`, 'session', 'text'))
  })

  test('derives a key once, and keeps few of them', async () => {
    const imported = vi.spyOn(crypto.subtle, 'importKey')
    const secret = 'k'.repeat(40)
    await sign(secret, 'session', 'a')
    await sign(secret, 'session', 'b')
    // The root and the derived one, which nobody can take out again.
    expect(imported.mock.calls.map((call) => call.slice(3))).toEqual([
      [false, ['sign']],
      [false, ['sign']],
    ])
    for (let nth = 0; nth < 8; nth++) await sign(secret, `purpose ${nth}`, 'a')
    imported.mockClear()
    await sign(secret, 'session', 'c')
    expect(imported).toHaveBeenCalledTimes(2)
    await sign(secret, 'purpose 7', 'a')
    expect(imported).toHaveBeenCalledTimes(2)
    imported.mockRestore()
  })

  test('is written in the alphabet of URLs, without padding', () => {
    expect(toBase64Url(new Uint8Array([0xfb, 0xff, 0xfe]))).toBe('-__-')
    expect(toBase64Url(new Uint8Array([0xff, 0xef, 0xff, 0xef]))).toBe('_-__7w')
    expect(toBase64Url(new Uint8Array([0]))).toBe('AA')
  })

  test('compares texts whole', async () => {
    expect(await areEqual(SECRET, 'abc', 'abc')).toBe(true)
    for (const other of ['', 'ab', 'abd', 'Abc', 'abcd', 'xbc'])
      expect(await areEqual(SECRET, 'abc', other)).toBe(false)
  })
})

/** Runs a function in a request with these headers. */
async function inRequest<Result>(
  run: (c: Parameters<typeof isSameOrigin>[0]) => Result | Promise<Result>,
  init: RequestInit & { url?: string } = {},
): Promise<{ result: Result; response: Response }> {
  let result: Result
  const app = new Hono().all('*', async (c) => {
    result = await run(c)
    return c.body(null)
  })
  const response = await app.request(init.url ?? `${ORIGIN}/klaxon/issues`, init)
  return { result: result!, response }
}

describe('the origin of a change', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['a form of this page', { 'sec-fetch-site': 'same-origin' }, true],
    ['another host of the site', { 'sec-fetch-site': 'same-site' }, false],
    ['another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['the address bar', { 'sec-fetch-site': 'none' }, false],
    ['a site that lies in Origin', { 'sec-fetch-site': 'cross-site', origin: ORIGIN }, false],
    ['an old browser on this page', { origin: ORIGIN }, true],
    ['an old browser elsewhere', { origin: 'https://evil.example' }, false],
    ['an old browser over http', { origin: 'http://app.example' }, false],
    ['a frame without an origin', { origin: 'null' }, false],
    ['nothing', {}, false],
  ])('%s', async (_name, headers, isOurs) => {
    expect((await inRequest(isSameOrigin, { method: 'POST', headers })).result).toBe(isOurs)
  })
})

describe('a session', () => {
  async function started(name = 'ada', url = `${ORIGIN}/klaxon/login`, path = '/klaxon') {
    const { response } = await inRequest((c) => startSession(c, { secret: SECRET, name, path }), {
      url,
    })
    const header = response.headers.get('set-cookie')!
    const [pair = '', ...attributes] = header.split('; ')
    return { pair, attributes: attributes.toSorted(), value: pair.slice(pair.indexOf('=') + 1) }
  }
  const read = async (cookie: string, url = `${ORIGIN}/klaxon/issues`) =>
    (await inRequest((c) => readSession(c, SECRET), { url, headers: { cookie } })).result

  test('is a cookie that scripts, other sites and plain http do not get', async () => {
    const { pair, attributes, value } = await started()
    expect(pair).toMatch(/^__Secure-klaxon=/)
    expect(attributes).toEqual([
      'HttpOnly',
      'Max-Age=43200',
      'Path=/klaxon',
      'SameSite=Lax',
      'Secure',
    ])
    const [expires, nonce, name, mac] = value.split('.')
    expect(Number(expires)).toBe(NOON / 1000 + 43_200)
    expect(nonce).toMatch(/^[\w-]{22}$/)
    expect([name, mac!.length]).toEqual(['ada', 43])
  })

  test.each([
    ['http://localhost:8787', 'klaxon'],
    ['http://127.0.0.1:8787', 'klaxon'],
    ['http://127.80.10.200', 'klaxon'],
    ['http://[::1]:8787', 'klaxon'],
    ['https://localhost', '__Secure-klaxon'],
    ['http://app.example', '__Secure-klaxon'],
    ['http://localhost.evil.example', '__Secure-klaxon'],
    ['http://my-localhost', '__Secure-klaxon'],
    ['http://127.0.0.1.evil.example', '__Secure-klaxon'],
    ['http://x127.0.0.1.example', '__Secure-klaxon'],
  ])('at %s is called %s', async (origin, name) => {
    const { pair, attributes } = await started('ada', `${origin}/klaxon/login`)
    expect(pair.split('=')[0]).toBe(name)
    expect(attributes.includes('Secure')).toBe(name !== 'klaxon')
    expect(await read(pair, `${origin}/klaxon/issues`)).toMatchObject({ name: 'ada' })
    const ended = await inRequest((c) => endSession(c, '/klaxon'), { url: `${origin}/klaxon/` })
    const header = ended.response.headers.get('set-cookie')!
    expect(header).toMatch(new RegExp(`^${name}=; Max-Age=0; Path=/klaxon`))
    expect(header.includes('Secure')).toBe(name !== 'klaxon')
  })

  test('has a path that cannot bring attributes of its own', async () => {
    const { attributes } = await started('ada', `${ORIGIN}/x`, '/a;Domain=evil.example/klaxon')
    expect(attributes).toContain('Path=/a%3BDomain=evil.example/klaxon')
    expect(attributes).toHaveLength(5)
  })

  test('is found among other cookies, by its whole name', async () => {
    const { pair } = await started()
    for (const others of ['x=1; ', `x__Secure-klaxon=no; a="b;c";`, '__Secure-klaxons=no;  '])
      expect(await read(`${others}${pair}; y=2`)).toMatchObject({ name: 'ada' })
  })

  test('at the root has the path of the root', async () => {
    expect((await started('ada', `${ORIGIN}/login`, '')).attributes).toContain('Path=/')
    const { response } = await inRequest((c) => endSession(c, ''))
    expect(response.headers.get('set-cookie')).toContain('Path=/;')
  })

  test('carries the name, whatever is in it', async () => {
    for (const name of ['ada', 'Ada L.', 'a.b..c', '名前 😀', '%2e;=,"\\', '<b>'])
      expect(await read((await started(name)).pair)).toMatchObject({ name })
    expect(await read((await started(`  ada${' '.repeat(60)}`)).pair)).toMatchObject({
      name: 'ada',
    })
    expect(await read((await started('   ')).pair)).toMatchObject({ name: 'someone' })
    const long = (await read((await started('n'.repeat(90))).pair))!
    expect(long.name).toBe('n'.repeat(60))
  })

  test('has a nonce of its own', async () => {
    const nonces = new Set<string>()
    for (let nth = 0; nth < 5; nth++) nonces.add((await read((await started()).pair))!.nonce)
    expect(nonces.size).toBe(5)
  })

  test('ends after twelve hours, to the second', async () => {
    const { pair } = await started()
    vi.setSystemTime(NOON + 43_199_999)
    expect(await read(pair)).not.toBeNull()
    vi.setSystemTime(NOON + 43_200_000)
    expect(await read(pair)).toBeNull()
  })

  test('is taken whole or not at all', async () => {
    const { value } = await started()
    const [expires, nonce, name, mac] = value.split('.')
    const forged = [
      undefined,
      '',
      value.slice(1),
      value.slice(0, -1),
      `${value}x`,
      ` ${value}x`,
      `x${value}`,
      `${Number(expires) + 1}.${nonce}.${name}.${mac}`,
      `${expires}.${nonce!.slice(0, -1)}x.${name}.${mac}`,
      `${expires}.${nonce}.root.${mac}`,
      `${expires}.${nonce}..${mac}`,
      `${expires}.${nonce}.${name}.${'a'.repeat(43)}`,
      `${expires}.${nonce}.${name}`,
      `${expires}.${nonce}.${name}.`,
    ]
    for (const each of forged)
      expect(await read(each === undefined ? '' : `__Secure-klaxon=${each}`)).toBeNull()
    // The cookie of the other kind of host is ignored here.
    expect(await read(`klaxon=${value}`)).toBeNull()
    expect(await read(`__Secure-klaxon=${value}`)).not.toBeNull()
  })

  test('that is signed, and is no session all the same, is none', async () => {
    const expires = NOON / 1000 + 60
    const nonce = 'n'.repeat(22)
    const bodies = [
      `${expires}.${nonce}.%E0%A4%A`,
      `${expires}.${nonce.slice(1)}.ada`,
      `${expires}.${nonce}n.ada`,
      `${'9'.repeat(13)}.${nonce}.ada`,
      `x${expires}.${nonce}.ada`,
      `${expires}.${nonce}.`,
      `.${nonce}.ada`,
      `${expires}.${nonce}.${'a'.repeat(401)}`,
      `${expires}.${nonce}.a.${'a'.repeat(401)}`,
    ]
    for (const body of bodies) {
      const mac = await sign(SECRET, 'session', body)
      expect([body, await read(`__Secure-klaxon=${body}.${mac}`)]).toEqual([body, null])
    }
    const body = `${expires}.${nonce}.a.${'a'.repeat(400)}.`
    const mac = await sign(SECRET, 'session', body)
    expect(await read(`__Secure-klaxon=${body}.${mac}`)).toMatchObject({ nonce })
    const wrongPurpose = await sign(SECRET, 'form', body)
    expect(await read(`__Secure-klaxon=${body}.${wrongPurpose}`)).toBeNull()
  })

  test('has a token for its forms, which is of no other session', async () => {
    const session: Session = { name: 'ada', nonce: 'n1' }
    const token = await tokenOf(SECRET, session)
    expect(token).toBe(await sign(SECRET, 'form', 'n1'))
    expect(await tokenOf(SECRET, { ...session, nonce: 'n2' })).not.toBe(token)
    expect(await tokenOf(`${SECRET}x`, session)).not.toBe(token)
  })
})

describe('wrong secrets', () => {
  test('are five a minute from one address', () => {
    let now = 0
    const limit = createLoginLimit(() => now)
    const tries = (address: string, count: number) =>
      Array.from({ length: count }, () => limit.mayTry(address))
    expect(tries('a', 7)).toEqual([true, true, true, true, true, false, false])
    expect(tries('b', 1)).toEqual([true])
    now = 59_999
    expect(tries('a', 1)).toEqual([false])
    now = 60_000
    expect(tries('a', 6)).toEqual([true, true, true, true, true, false])
  })

  test('are thirty a minute from all addresses', () => {
    let now = 0
    const limit = createLoginLimit(() => now)
    const tries = Array.from({ length: 32 }, (_, nth) => limit.mayTry(`a${nth}`))
    expect(tries.filter(Boolean)).toHaveLength(30)
    expect(tries.slice(30)).toEqual([false, false])
    now = 60_000
    expect(limit.mayTry('a0')).toBe(true)
  })

  test('of very many addresses take no more memory', () => {
    const set = vi.spyOn(Map.prototype, 'set')
    const limit = createLoginLimit(() => 0)
    for (let nth = 0; nth < 1_500; nth++) limit.mayTry(`a${nth}`)
    expect(set).toHaveBeenCalledTimes(1_000)
    set.mockRestore()
  })

  test('are counted by the clock of the machine', () => {
    const limit = createLoginLimit()
    for (let nth = 0; nth < 6; nth++) limit.mayTry('a')
    expect(limit.mayTry('a')).toBe(false)
    vi.setSystemTime(NOON + 60_000)
    expect(limit.mayTry('a')).toBe(true)
  })
})

describe('the gate', () => {
  const admitted = async (auth: DashboardAuth, headers: Record<string, string> = {}) =>
    (await inRequest((c) => admit(c, auth), { headers })).result

  test('sends whoever has no session to the login, and lets the others in', async () => {
    const secret = { secret: SECRET }
    expect(await admitted(secret)).toEqual({ kind: 'login' })
    const { response } = await inRequest((c) =>
      startSession(c, { secret: SECRET, name: 'ada', path: '' }),
    )
    const cookie = response.headers.get('set-cookie')!.split(';')[0]!
    const nonce = cookie.split('.')[1]!
    expect(await admitted(secret, { cookie })).toEqual({
      kind: 'in',
      visitor: { name: 'ada' },
      token: await sign(SECRET, 'form', nonce),
      hasSession: true,
    })
  })

  test.each<[string, () => unknown]>([
    ['nobody', () => null],
    ['nothing', () => undefined],
    ['yes', () => true],
    ['no name', () => ({})],
    ['an empty name', () => ({ name: '' })],
    ['a name that is no text', () => ({ name: 7 })],
    ['a promise of nobody', async () => null],
    [
      'a throw',
      () => {
        throw new Error('no')
      },
    ],
    ['a promise that fails', () => Promise.reject(new Error('no'))],
  ])('refuses when the check says %s', async (_name, by) => {
    expect(await admitted({ by: by as never })).toEqual({ kind: 'refused' })
  })

  test('takes the name and whether it may only read, and nothing else', async () => {
    const by = (visitor: object) => admitted({ by: () => visitor as never })
    const inside = (name: string, readOnly: boolean): Pass => ({
      kind: 'in',
      visitor: { name, readOnly },
      token: '',
      hasSession: false,
    })
    expect(await by({ name: 'ada' })).toEqual(inside('ada', false))
    expect(await by({ name: 'ada', readOnly: true, more: 1 })).toEqual(inside('ada', true))
    expect(await by({ name: 'ada', readOnly: 'yes' })).toEqual(inside('ada', false))
    expect(await by({ name: 'n'.repeat(300) })).toEqual(inside('n'.repeat(200), false))
  })

  test('lets a change through from the same origin, and with a session by its token alone', async () => {
    const inside: Pass = {
      kind: 'in',
      visitor: { name: 'ada' },
      token: 'the token',
      hasSession: true,
    }
    const change = async (auth: DashboardAuth, pass: Pass, token?: string, site = 'same-origin') =>
      (
        await inRequest((c) => mayChange(c, auth, pass), {
          method: 'POST',
          headers: { 'sec-fetch-site': site },
          body: new URLSearchParams(token === undefined ? {} : { token }),
        })
      ).result
    const secret = { secret: SECRET }
    const own = { by: () => ({ name: 'ada' }) }
    expect(await change(secret, inside, 'the token')).toBe(true)
    expect(await change(secret, inside, 'another')).toBe(false)
    expect(await change(secret, inside)).toBe(false)
    expect(await change(secret, inside, 'the token', 'cross-site')).toBe(false)
    expect(await change(secret, { kind: 'login' }, 'the token')).toBe(false)
    expect(await change(own, inside)).toBe(true)
    expect(await change(own, inside, undefined, 'cross-site')).toBe(false)
    expect(await change(own, { kind: 'refused' })).toBe(false)
  })

  test('takes no file for a token', async () => {
    const body = new FormData()
    body.append('token', new Blob(['the token']), 'token')
    const pass: Pass = { kind: 'in', visitor: { name: 'a' }, token: 'the token', hasSession: true }
    const { result } = await inRequest((c) => mayChange(c, { secret: SECRET }, pass), {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body,
    })
    expect(result).toBe(false)
  })
})
