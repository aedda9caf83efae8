import { begunTrace, traceIdIn } from './traceparent.ts'
import { pathOf } from '../util/path-of.ts'

/** The facts that klaxon reads of a request. It never reads the body. */
export interface RequestFacts {
  method: string
  path: string
  query: string
  host: string | null
  userAgent: string | null
  requestId: string | null
  traceId: string | null
  colo: string | null
  country: string | null
  /** The id in the header `x-klaxon-resend`, when the request repeats a failed one. */
  resentFrom: string | null
}

/** The reason of an event handler's call. It is recorded as method and path. */
export interface EventFacts {
  /** `scheduled`, `queue`, `email`, `tail`, `workflow`, `report` … */
  name: string
  /** The cron line, or the name of the queue. */
  subject: string
}

interface CfProperties {
  colo?: unknown
  country?: unknown
}

/** The query of a URL, with its question mark. */
const URL_QUERY = /^[^?#]*(\?[^#]*)/
/** The host of a URL, without a user name. */
const URL_HOST = /:\/\/(?:[^/?#]*@)?([^/?#]*)/

const RFC_UUID = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i

/**
 * Reads the facts of a request.
 * @param headers the allowed headers, passed because reading headers is the largest cost
 */
export function requestFacts(request: Request, headers: Record<string, string>): RequestFacts {
  const { url } = request
  const cf = (request as { cf?: CfProperties | null }).cf
  return {
    method: request.method,
    path: pathOf(url),
    query: URL_QUERY.exec(url)?.[1] ?? '',
    host: URL_HOST.exec(url)?.[1] ?? null,
    userAgent: headers['user-agent'] ?? null,
    requestId: headers['x-request-id'] ?? headers['cf-ray'] ?? null,
    traceId: traceIdIn(headers['traceparent']) ?? begunTrace(request),
    colo: typeof cf?.colo === 'string' ? cf.colo : null,
    country: typeof cf?.country === 'string' ? cf.country : null,
    resentFrom: resentFrom(request.headers.get('x-klaxon-resend')),
  }
}

function resentFrom(header: string | null): string | null {
  return header !== null && RFC_UUID.test(header) ? header.toLowerCase() : null
}

export function eventFacts({ name, subject }: EventFacts): RequestFacts {
  return {
    method: name.toUpperCase(),
    path: subject,
    query: '',
    host: null,
    userAgent: null,
    requestId: null,
    traceId: null,
    colo: null,
    country: null,
    resentFrom: null,
  }
}
