import { MAX_MESSAGE, MAX_STACK, MAX_SHORT, MAX_PATH, MAX_RECORD } from './_limits.ts'
import { clientIp } from './client-ip.ts'
import { fingerprint, issueTitle } from './fingerprint.ts'
import type { User } from './options.ts'
import { byteLength, cutBytes, framesOf, MOST_BYTES } from './safe-text.ts'
import { type RequestFacts, requestFacts } from './request.ts'
import { faultName, isPromise } from './seam.ts'
import type { Setup } from './setup.ts'
import type { Description } from './thrown.ts'
import type { Kind, Occurrence } from './types.ts'
import { uuidv7 } from './uuid.ts'

/** An occurrence whose fingerprint is still to be computed, off the response's path. */
export interface Draft {
  occurrence: Occurrence
  code: string | null
  /** About its size in characters. */
  size: number
}

/** What happened, as the host saw it. */
export interface Failure {
  kind: Kind
  status: number
  request: Request
  /** The handler's second argument: env, or the host's own server object. */
  second: unknown
  /** null for a returned status. */
  description: Description | null
  /** Unix ms; not there when the host did not take the time. */
  startedAt?: number | undefined
  /** Unix ms when it happened; now, unless it is told by someone else. */
  at?: number | undefined
  /** Route pattern, user and id that an adapter knows. */
  hints?: Hints | undefined
  extra?: Record<string, unknown> | undefined
}

export interface Hints {
  /** The error whose handler has thrown what is recorded. */
  before?: unknown
  id?: string | undefined
  /** Route pattern; null when the request matched none. */
  route?: string | null | undefined
  /** The failure of a `scheduled`, `queue`, `email` or `tail` handler: stands for method and path. */
  event?: { name: string; subject: string } | undefined
  user?: User | string | null | undefined
  /** The framework's context, for the `user` option. */
  context?: unknown
}

export function draftOccurrence(setup: Setup, failure: Failure): Draft {
  const { redactor } = setup
  const { kind, status, request, description, hints } = failure
  const headers = redactor.allowed(request.headers)
  const facts =
    hints?.event === undefined ? requestFacts(request, headers) : eventFacts(hints.event)
  const now = setup.now()
  const user = userOf(setup, failure)
  const clientIp = addressOf(setup, failure)
  const clean = redactor.areClean(textsOf(failure, facts, user, clientIp, headers))
  const short = (value: string | null): string | null =>
    value === null ? null : redactor.text(value, MAX_SHORT, clean)
  const path = redactor.path(facts.path, clean).slice(0, MAX_PATH)
  const drafted: Occurrence = {
    id: hints?.id ?? uuidv7(now),
    occurredAt: failure.at ?? now,
    fingerprint: '',
    title: '',
    kind,
    status,
    method: redactor.text(facts.method, 32, clean),
    path,
    query:
      facts.query === '' ? null : (redactor.query(facts.query, clean)?.slice(0, MAX_PATH) ?? null),
    route: routeOf(setup, failure),
    host: short(facts.host),
    clientIp: short(clientIp),
    userAgent: short(facts.userAgent),
    userId: short(user.id),
    username: short(user.name),
    errorName: short(description?.name ?? null),
    errorMessage:
      description === null ? null : redactor.text(description.message, MAX_MESSAGE, clean),
    errorStack:
      description?.stack == null ? null : redactor.stack(description.stack, MAX_STACK, clean),
    causes: causesOf(setup, description),
    requestId: short(facts.requestId),
    traceId: facts.traceId,
    release: setup.release,
    environment: setup.environment,
    runtime: setup.platform,
    colo: short(facts.colo),
    country: short(facts.country),
    headers: redactor.filterHeaders(headers, clean),
    extra:
      failure.extra === undefined
        ? null
        : (redactor.value(failure.extra) as Record<string, unknown>),
    durationMs: failure.startedAt === undefined ? null : Math.max(0, now - failure.startedAt),
  }
  const occurrence = redactor.finish(drafted)
  // Short secrets could be guessed from a fingerprint that is made of them.
  const code = description?.code ?? null
  const safe = code === null ? null : redactor.text(code, MAX_SHORT)
  return { occurrence, code: safe, size: capRecord(occurrence) }
}

/** Every text that is not ours, but those that are seldom there; what else is read of a request is among its headers. */
function textsOf(
  { description }: Failure,
  { method, path, query, host, colo, country }: RequestFacts,
  user: { id: string | null; name: string | null },
  clientIp: string | null,
  headers: Record<string, string>,
): string[] {
  const texts = [method, path, query.replaceAll('+', ' ')]
  for (const each of [host, colo, country, user.id, user.name, clientIp])
    if (each !== null) texts.push(each)
  for (const key in headers) texts.push(headers[key]!)
  if (description !== null) {
    const { name, message, stack } = description
    texts.push(name, message)
    if (stack !== null) texts.push(headOf(stack))
  }
  return texts
}

function headOf(stack: string): string {
  const frames = framesOf(stack)
  return frames < 0 ? '' : stack.slice(0, frames)
}

function eventFacts({ name, subject }: { name: string; subject: string }): RequestFacts {
  const none = {
    host: null,
    userAgent: null,
    requestId: null,
    traceId: null,
    colo: null,
    country: null,
  }
  return { method: name.toUpperCase(), path: subject, query: '', ...none }
}

function causesOf(setup: Setup, description: Description | null): Occurrence['causes'] {
  if (description === null || description.causes.length === 0) return null
  return description.causes.map(({ name, message, stack }) => ({
    name: setup.redactor.text(name, MAX_SHORT),
    message: setup.redactor.text(message, MAX_MESSAGE),
    stack: stack === null ? null : setup.redactor.text(stack, MAX_MESSAGE),
  }))
}

/** The option's word, else what the adapter knows; redacted as a path is, for a path may hold a secret by design. */
function routeOf(setup: Setup, { request, hints }: Failure): string | null {
  const own: unknown = hook(setup, 'route', () => setup.options.route?.(request))
  const route = typeof own === 'string' ? own : (hints?.route ?? null)
  return route === null ? null : setup.redactor.path(route).slice(0, MAX_SHORT)
}

/** Runs a user's hook; what it throws is told and counts as nothing. */
function hook<T>(setup: Setup, name: string, call: () => T | null | undefined): T | null {
  try {
    const value = call() ?? null
    if (!isPromise(value)) return value
    setup.logger.trouble(
      `option ${name}`,
      `option \`${name}\` must answer at once, not by a promise`,
    )
    return null
  } catch (error) {
    setup.logger.trouble(`option ${name}`, `option \`${name}\` threw ${faultName(error)}`)
    return null
  }
}

function userOf(
  setup: Setup,
  { request, hints }: Failure,
): { id: string | null; name: string | null } {
  const { user: option } = setup.options
  const user = hook(setup, 'user', () =>
    option === undefined ? hints?.user : option(request, hints?.context),
  )
  if (typeof user === 'string') return { id: user, name: null }
  if (typeof user !== 'object' || user === null) return { id: null, name: null }
  const id = hook(setup, 'user', () => user.id)
  const name = hook(setup, 'user', () => user.name)
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : null,
    name: typeof name === 'string' ? name : null,
  }
}

function addressOf(setup: Setup, { request, second }: Failure): string | null {
  const { clientIp: option, trustProxy } = setup.options
  const own = option === undefined ? null : hook(setup, 'clientIp', () => option(request))
  if (typeof own === 'string') return own.slice(0, 64)
  return clientIp(request, second, {
    platform: setup.platform,
    trustProxy,
  })
}

/** What a record over the cap loses, one after the other, until it fits: the least telling first. */
const CUTS: readonly ((o: Occurrence) => void)[] = [
  (o) => {
    if (o.causes !== null) o.causes = o.causes.map((cause) => ({ ...cause, stack: null }))
  },
  (o) => {
    if (o.extra !== null) o.extra = { cut: 'the record was over 32 KB' }
  },
  (o) => {
    o.errorStack = o.errorStack === null ? null : cutBytes(o.errorStack, MAX_STACK / 2)
  },
  (o) => {
    o.causes = o.causes?.slice(0, 2) ?? null
  },
  (o) => {
    o.headers = null
  },
  (o) => {
    o.errorStack = null
  },
]

/** Keeps one occurrence from filling the outbox; its size. Most are so short that their bytes need no counting. */
function capRecord(o: Occurrence): number {
  const size = weigh(o)
  if (size * MOST_BYTES <= MAX_RECORD) return size
  for (const cut of CUTS) {
    if (byteLength(JSON.stringify(o)) <= MAX_RECORD) break
    cut(o)
  }
  return weigh(o)
}

/** About the size of a record in characters: its strings, and a constant for the rest. */
function weigh(o: Occurrence): number {
  let size =
    600 +
    o.path.length +
    (o.query?.length ?? 0) +
    (o.errorMessage?.length ?? 0) +
    (o.errorStack?.length ?? 0)
  size += o.userAgent?.length ?? 0
  for (const cause of o.causes ?? [])
    size += cause.name.length + cause.message.length + (cause.stack?.length ?? 0)
  for (const name in o.headers) size += name.length + o.headers[name]!.length
  if (o.extra !== null) size += JSON.stringify(o.extra).length
  return size
}

/** Completes a draft: fingerprint and title. Called once, when a batch is put together. */
export function finish(setup: Setup, { occurrence: o, code }: Draft): void {
  if (o.fingerprint !== '') return
  const { fingerprint: option } = setup.options
  // A title is there already when the user's `redact` function gave one.
  if (o.title === '') o.title = issueTitle(o)
  const own = option === undefined ? null : hook(setup, 'fingerprint', () => option(o))
  o.fingerprint = fingerprint(o, code, typeof own === 'string' ? own : null)
}
