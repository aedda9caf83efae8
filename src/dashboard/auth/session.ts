import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { areEqual, sign, toBase64Url } from './crypto.ts'

/** Seconds that a session lasts: 12 hours. */
const SESSION_SECONDS = 43_200
const MAX_USER_NAME_LENGTH = 60

export interface Session {
  name: string
  nonce: string
}

/** On a loopback host over http the cookie is not `Secure`, because Safari would not store it. */
function isLocal(c: Context): boolean {
  const { protocol, hostname } = new URL(c.req.url)
  return protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

const cookieName = (c: Context): string => (isLocal(c) ? 'klaxon' : '__Secure-klaxon')

export async function startSession(
  c: Context,
  { secret, name, path }: { secret: string; name: string; path: string },
): Promise<void> {
  const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  const expires = Math.floor(Date.now() / 1000) + SESSION_SECONDS
  const body = `${expires}.${nonce}.${encodeURIComponent(name.trim().slice(0, MAX_USER_NAME_LENGTH) || 'someone')}`
  setCookie(c, cookieName(c), `${body}.${await sign(secret, 'session', body)}`, {
    path: cookiePath(path),
    httpOnly: true,
    secure: !isLocal(c),
    // Not `Strict`, because people follow links from Slack.
    sameSite: 'Lax',
    maxAge: SESSION_SECONDS,
  })
}

export function endSession(c: Context, path: string): void {
  deleteCookie(c, cookieName(c), { path: cookiePath(path), secure: !isLocal(c) })
}

/** The path may come from the URL, where `;` would begin another attribute. */
function cookiePath(path: string): string {
  return path.replaceAll(';', '%3B') || '/'
}

/** The session of a request. null when it is missing, forged or expired. */
export async function readSession(c: Context, secret: string): Promise<Session | null> {
  const cookie = getCookie(c, cookieName(c))
  const match = /^(\d{1,12})\.([\w-]{22})\.([^.]{1,400}(?:\.[^.]{0,400})*)\.([\w-]{43})$/.exec(
    cookie ?? '',
  )
  if (match === null) return null
  const [, expires, nonce, name, mac] = match
  const body = `${expires}.${nonce}.${name}`
  if (!(await areEqual(secret, mac!, await sign(secret, 'session', body)))) return null
  if (Number(expires) * 1000 <= Date.now()) return null
  try {
    return { name: decodeURIComponent(name!), nonce: nonce! }
  } catch {
    // Every signed name can be decoded, so this session is not ours.
    return null
  }
}

/** The CSRF token of a session's forms. */
export const tokenOf = (secret: string, { nonce }: Session): Promise<string> =>
  sign(secret, 'form', nonce)
