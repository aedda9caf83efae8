import type { CapturedOccurrence } from '../model/occurrence.ts'
import {
  MAX_MESSAGE_BYTES,
  MAX_STACK_BYTES,
  MAX_FIELD_BYTES,
  MAX_PATH_LENGTH,
  MAX_THROWN_TEXT_BYTES,
} from '../model/limits.ts'
import { clientIp } from '../util/client-ip.ts'
import { debugIds } from './debug-ids.ts'
import { fingerprint, issueTitle } from './fingerprint.ts'
import { callHook } from './guard.ts'
import type { User } from '../config/options.ts'
import { framesOf, MAX_UNIT_BYTES } from '../util/safe-text.ts'
import { type EventFacts, eventFacts, type RequestFacts, requestFacts } from './request-facts.ts'
import { capRecord } from './record-size.ts'
import { activeSpanContext } from './active-span.ts'
import type { RequestContext } from './request-context.ts'
import type { Setup } from '../config/setup.ts'
import type { Description } from './describe-error.ts'
import type { Breadcrumb, Kind, Occurrence } from '../model/occurrence.ts'
import { userOf } from './user-of.ts'
import { uuidv7 } from '../util/uuid.ts'

/** A failure, from which an occurrence is built. */
export interface Failure {
  kind: Kind
  status: number
  /** The request that failed. Without one, `event` has the reason of the call. */
  request?: Request | undefined
  event?: EventFacts | undefined
  /** The handler's second argument: bindings, or the host's own server object. */
  env?: unknown
  /** null for a returned status. */
  description: Description | null
  /** The message of a returned failure's body. */
  message?: string | null | undefined
  id?: string | undefined
  /** Unix ms of the start, if it was measured. */
  startedAt?: number | undefined
  /** Unix ms of the failure. @default now */
  at?: number | undefined
  details?: FailureDetails | undefined
  requestContext?: RequestContext | undefined
  extra?: Record<string, unknown> | undefined
}

/** Facts about a failed request that the framework knows and the Request does not. */
export interface FailureDetails {
  /** The route's pattern; null when the request matched none. */
  route?: string | null | undefined
  user?: User | string | null | undefined
  /** The framework's context, for the option `user`. */
  context?: unknown
}

/** Builds an occurrence, redacted and cut. Its fingerprint is computed later, by `finish`. */
export function buildOccurrence(setup: Setup, failure: Failure): CapturedOccurrence {
  const { redactor } = setup
  const { kind, status, request, description, requestContext } = failure
  redactor.begin()
  const headers = request === undefined ? {} : redactor.allowed(request.headers)
  const facts = factsOf(failure, headers)
  const now = setup.now()
  const user = userOf(setup, failure)
  const address = addressOf(setup, failure)
  const clean = redactor.areClean(textsOf({ failure, facts, user, address, headers }))
  const short = (value: string | null): string | null =>
    value === null ? null : redactor.text(value, MAX_FIELD_BYTES, clean)
  // The error comes first, so that a client's texts do not use up the characters that redaction
  // reads.
  const errorMessage = messageOf(setup, failure, clean)
  const errorStack =
    description?.stack == null ? null : redactor.stack(description.stack, MAX_STACK_BYTES, clean)
  const path = redactor.path(facts.path, clean).slice(0, MAX_PATH_LENGTH)
  const built: Occurrence = {
    id: failure.id ?? uuidv7(now),
    occurredAt: failure.at ?? now,
    fingerprint: '',
    title: '',
    kind,
    service: setup.service,
    status,
    method: redactor.text(facts.method, 32, clean),
    path,
    query:
      facts.query === ''
        ? null
        : (redactor.query(facts.query, clean)?.slice(0, MAX_PATH_LENGTH) ?? null),
    route: routeOf(setup, failure),
    host: short(facts.host),
    clientIp: short(address),
    userAgent: short(facts.userAgent),
    userId: short(user.id),
    username: short(user.name),
    errorName: short(description?.name ?? null),
    errorMessage,
    errorStack,
    causes: causesOf(setup, description),
    requestId: short(facts.requestId),
    traceId: facts.traceId ?? activeSpanContext()?.traceId ?? null,
    release: setup.release,
    environment: setup.environment,
    runtime: setup.platform,
    colo: short(facts.colo),
    country: short(facts.country),
    headers: request === undefined ? null : redactor.filterHeaders(headers, clean),
    extra: copyOf(setup, failure.extra),
    context: copyOf(setup, requestContext?.values),
    breadcrumbs: breadcrumbsOf(setup, requestContext?.notes),
    debugIds: description === null ? null : debugIds(),
    resentFrom: facts.resentFrom,
    durationMs: failure.startedAt === undefined ? null : Math.max(0, now - failure.startedAt),
  }
  const occurrence = redactor.finish(built, (what) =>
    setup.logger.warn('option redact', `option \`redact\` ${what}`),
  )
  // Redacted, because a short secret could be guessed from the fingerprint.
  const code = description?.code ?? null
  const safe = code === null ? null : redactor.text(code, MAX_FIELD_BYTES)
  const message = wholeMessage(setup, failure, errorMessage === occurrence.errorMessage)
  const beforeFunction = occurrence === built ? undefined : built
  return { occurrence, code: safe, message, beforeFunction, size: capRecord(occurrence) }
}

/**
 * The whole redacted message, for the fingerprint; null when the occurrence has all of it. A cut
 * message could depend on the length of its values.
 */
function wholeMessage(
  setup: Setup,
  { description }: Failure,
  isAsCaptured: boolean,
): string | null {
  if (description === null || !isAsCaptured) return null
  const { message } = description
  return message.length * MAX_UNIT_BYTES <= MAX_MESSAGE_BYTES
    ? null
    : setup.redactor.text(message, MAX_THROWN_TEXT_BYTES)
}

function factsOf({ request, event }: Failure, headers: Record<string, string>): RequestFacts {
  return request === undefined
    ? eventFacts(event ?? { name: 'report', subject: '' })
    : requestFacts(request, headers)
}

interface Texts {
  failure: Failure
  facts: RequestFacts
  user: { id: string | null; name: string | null }
  address: string | null
  headers: Record<string, string>
}

/** Texts that come from outside. Redaction checks all of them at once. */
function textsOf({ failure: { description }, facts, user, address, headers }: Texts): string[] {
  const { method, path, query, host, colo, country } = facts
  const texts = [method, path, query.replaceAll('+', ' ')]
  for (const each of [host, colo, country, user.id, user.name, address])
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

function messageOf(
  { redactor }: Setup,
  { description, message }: Failure,
  clean: boolean,
): string | null {
  if (description !== null) return redactor.text(description.message, MAX_MESSAGE_BYTES, clean)
  return message == null ? null : redactor.text(message, MAX_MESSAGE_BYTES)
}

function causesOf(setup: Setup, description: Description | null): Occurrence['causes'] {
  if (description === null || description.causes.length === 0) return null
  return description.causes.map(({ name, message, stack, code = null }) => ({
    name: setup.redactor.text(name, MAX_FIELD_BYTES),
    message: setup.redactor.text(message, MAX_MESSAGE_BYTES),
    stack: stack === null ? null : setup.redactor.text(stack, MAX_MESSAGE_BYTES),
    ...(code === null ? {} : { code: setup.redactor.text(code, MAX_FIELD_BYTES) }),
  }))
}

/** Bytes of an occurrence's breadcrumbs. */
const MAX_BREADCRUMBS_BYTES = 4_096

function copyOf(
  { redactor }: Setup,
  values: Record<string, unknown> | undefined,
): Record<string, unknown> | null {
  return values === undefined ? null : (redactor.value(values) as Record<string, unknown>)
}

/** The newest breadcrumbs that fit into 4 KB, oldest first. */
function breadcrumbsOf({ redactor }: Setup, notes: Breadcrumb[] | undefined): Breadcrumb[] | null {
  if (notes === undefined) return null
  const kept: Breadcrumb[] = []
  let size = 0
  for (const { at, kind, message, data } of notes.toReversed()) {
    const note: Breadcrumb = {
      at,
      kind,
      message: redactor.text(message, MAX_FIELD_BYTES),
      data: data === null ? null : (redactor.value(data, 1_024) as Record<string, unknown>),
    }
    size += JSON.stringify(note).length
    if (size > MAX_BREADCRUMBS_BYTES) break
    kept.push(note)
  }
  return kept.toReversed()
}

/**
 * The route: the option's result, else the framework's. It is redacted as a path is, because it may
 * contain a secret.
 */
function routeOf(setup: Setup, { request, details }: Failure): string | null {
  const { route: option } = setup.options
  const chosen: unknown =
    option === undefined || request === undefined
      ? undefined
      : callHook(setup, 'route', () => option(request))
  const route = typeof chosen === 'string' ? chosen : (details?.route ?? null)
  return route === null ? null : setup.redactor.path(route).slice(0, MAX_FIELD_BYTES)
}

/** The client's address, from the option, else from the platform. */
export function addressOf(
  setup: Setup,
  { request, env }: Pick<Failure, 'request' | 'env'>,
): string | null {
  if (request === undefined) return null
  const { clientIp: option, trustProxy } = setup.options
  const chosen =
    option === undefined ? undefined : callHook(setup, 'clientIp', () => option(request))
  if (typeof chosen === 'string') return chosen.slice(0, 64)
  return clientIp(request, env, { platform: setup.platform, trustProxy })
}

/** Computes an occurrence's fingerprint and title. Called once, when its batch is sealed. */
export function finish(setup: Setup, { occurrence: o, code, message }: CapturedOccurrence): void {
  if (o.fingerprint !== '') return
  const { fingerprint: option } = setup.options
  // The user's `redact` function may have set a title.
  if (o.title === '') o.title = issueTitle(o)
  const given: unknown =
    option === undefined ? undefined : callHook(setup, 'fingerprint', () => option(o))
  o.fingerprint = fingerprint(o, {
    code,
    message,
    chosen: typeof given === 'string' ? given : null,
  })
}
