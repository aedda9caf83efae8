import type { Context } from 'hono'
import { areEqual } from './auth/crypto.ts'
import { isSameOrigin } from './auth/csrf.ts'
import { readSession, tokenOf } from './auth/session.ts'
import type { DashboardAuth, Visitor } from './options.ts'

/** Whether a visitor may enter, with the hidden token of the visitor's forms. */
export type Pass =
  | { kind: 'in'; visitor: Visitor; token: string; hasSession: boolean }
  /** The visitor must log in. Only when there is a login page. */
  | { kind: 'login' }
  | { kind: 'refused' }

/** Checks the visitor of a request. Every failure is a refusal. */
export async function admit(c: Context, auth: DashboardAuth): Promise<Pass> {
  if ('secret' in auth) {
    const session = await readSession(c, auth.secret)
    if (session === null) return { kind: 'login' }
    const token = await tokenOf(auth.secret, session)
    return { kind: 'in', visitor: { name: session.name }, token, hasSession: true }
  }
  try {
    const visitor: unknown = await auth.by(c)
    const { name, readOnly } = (visitor ?? {}) as Partial<Visitor>
    if (typeof name !== 'string' || name === '') return { kind: 'refused' }
    return {
      kind: 'in',
      visitor: { name: name.slice(0, 200), readOnly: readOnly === true },
      token: '',
      hasSession: false,
    }
  } catch {
    // A check that throws lets nobody in.
    return { kind: 'refused' }
  }
}

/**
 * Whether a request may change something. It must come from this origin, and bring the token of its
 * session if there is one.
 */
export async function mayChange(c: Context, auth: DashboardAuth, pass: Pass): Promise<boolean> {
  if (pass.kind !== 'in' || !isSameOrigin(c)) return false
  if (!('secret' in auth)) return true
  const { token } = await c.req.parseBody()
  return typeof token === 'string' && areEqual(auth.secret, token, pass.token)
}
