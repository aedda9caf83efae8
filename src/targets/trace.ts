import { type Description, plainDescription } from '../capture/describe-error.ts'
import type { Failure } from '../capture/occurrence.ts'
import type { EventFacts } from '../capture/request-facts.ts'

/**
 * The parts of a trace that klaxon reads,
 * https://developers.cloudflare.com/workers/runtime-apis/handlers/tail/
 */
export interface TraceItem {
  scriptName?: string | null
  /** The class, when it was not the default export. */
  entrypoint?: string
  outcome: string
  eventTimestamp?: number | null
  event?: {
    request?: { url: string; method: string; headers?: Record<string, string>; cf?: unknown }
    response?: { status: number }
    cron?: string
    queue?: string
    rcptTo?: string
    rpcMethod?: string
    /** When a cron trigger or an alarm was due. */
    scheduledTime?: unknown
    getWebSocketEvent?: { webSocketEventType?: string }
  } | null
  exceptions?: readonly TraceError[]
  logs?: readonly TraceLog[]
}

/** A line of the console. */
export interface TraceLog {
  level?: string
  /** The arguments of the call. */
  message: unknown
  /**
   * The arguments that are Errors, with the stacks that the platform has mapped.
   */
  errorInfo?: readonly (TraceError | null | undefined)[]
}

export interface TraceError {
  name: string
  message: string
  stack?: string
}

/** A log line of the producer's klaxon about a recorded occurrence. */
export interface RecordedLine {
  id: string
  method: string
  path: string
  message: string | undefined
  stack: string | undefined
  /** The same error with a mapped stack, if the line was logged with an Error. */
  mapped: TraceError | undefined
}

/** Start of such a line, see `config/logger.ts`. */
const RECORDED = '{"klaxon":"occurrence"'

/** The form of such a line under `wrangler dev`, see `config/_terminal.ts`. */
const TERMINAL_BLOCK = /^klaxon: \d+ (\S+) (.*)\n(?:[^]*\n)? {2}id (\S+)\n?$/

/** Reads such a line; null for other lines. @throws when the line is cut */
export function recordedLine({ message, errorInfo }: TraceLog): RecordedLine | null {
  const text: unknown = Array.isArray(message) ? message[0] : message
  if (typeof text !== 'string') return null
  const mapped = errorInfo?.find((info) => info != null) ?? undefined
  const [, method, path, id] = TERMINAL_BLOCK.exec(text) ?? []
  if (id !== undefined)
    return { id, method: method!, path: path!, message: mapped?.message, stack: undefined, mapped }
  return text.startsWith(RECORDED) ? ofJson(text, mapped) : null
}

function ofJson(text: string, mapped: TraceError | undefined): RecordedLine {
  const line = JSON.parse(text) as Record<'id' | 'method' | 'path', string> & {
    error?: string
    stack?: string
  }
  const { id, method, path, error, stack } = line
  return { id, method, path, message: error?.slice(error.indexOf(': ') + 2), stack, mapped }
}

/** Messages for outcomes that end a Worker from outside. A wrapper inside it cannot see them. */
const KILL_MESSAGES: Record<string, string> = {
  exceededCpu: 'The Worker exceeded its CPU time',
  exceededMemory: 'The Worker exceeded its memory',
  canceled: 'The client went away, or the handler never answered',
  responseStreamDisconnected: 'The response stream broke off',
  loadShed: 'The runtime shed this request',
  scriptNotFound: 'The script was not found',
  exception: 'The Worker threw without an exception in its trace',
  unknown: 'The Worker ended for an unknown reason',
}

/**
 * The failures of one invocation: exceptions, errors on the console, and an end from outside.
 */
export function failuresOf({ outcome, exceptions = [], logs = [] }: TraceItem): Description[] {
  const errors = [...exceptions, ...logs.flatMap(errorsOn)]
  const isFirst = ({ name, message }: TraceError, at: number): boolean =>
    errors.findIndex((each) => each.name === name && each.message === message) === at
  const described = errors.filter(isFirst).map(asDescription)
  const message = KILL_MESSAGES[outcome]
  if (exceptions.length === 0 && message !== undefined)
    described.push(asDescription({ name: outcome, message }))
  return described
}

/** Errors that the app passed to `console.error`. */
function errorsOn(log: TraceLog): TraceError[] {
  const text: unknown = Array.isArray(log.message) ? log.message[0] : log.message
  if (log.level !== 'error' || log.errorInfo === undefined) return []
  if (typeof text === 'string' && /^(?:\{"klaxon":|klaxon: \d)/.test(text)) return []
  return log.errorInfo.filter((info) => info != null)
}

function asDescription({ name, message, stack }: TraceError): Description {
  return plainDescription(name, message, stack)
}

/** The failure of an invocation, as `buildOccurrence` takes it. */
export function failureOf(item: TraceItem, description: Description, env: unknown): Failure {
  const { request } = item.event ?? {}
  const common = {
    kind: 'thrown' as const,
    status: 500,
    env,
    description,
    at: item.eventTimestamp ?? undefined,
    extra: {
      script: item.scriptName ?? null,
      ...(item.entrypoint === undefined ? {} : { entrypoint: item.entrypoint }),
      outcome: item.outcome,
    },
  }
  if (request === undefined || !URL.canParse(request.url))
    return { ...common, event: eventOf(item) }
  const { url, method, headers = {}, cf } = request
  return {
    ...common,
    request: Object.defineProperty(new Request(url, { method: bodiless(method), headers }), 'cf', {
      value: cf,
    }),
  }
}

/**
 * The event that the Worker was called for. The first three have the names that `wrapEvent` uses.
 */
function eventOf({ event }: TraceItem): EventFacts {
  const { cron, queue, rcptTo, rpcMethod, scheduledTime, getWebSocketEvent } = event ?? {}
  if (cron !== undefined) return { name: 'scheduled', subject: cron }
  if (queue !== undefined) return { name: 'queue', subject: queue }
  if (rcptTo !== undefined) return { name: 'email', subject: '' }
  if (rpcMethod !== undefined) return { name: 'rpc', subject: rpcMethod }
  if (scheduledTime !== undefined) return { name: 'alarm', subject: '' }
  const socket = getWebSocketEvent?.webSocketEventType
  return socket === undefined
    ? { name: 'tail', subject: '' }
    : { name: 'websocket', subject: socket }
}

/** GET for methods that a Request refuses. */
function bodiless(method: string): string {
  return /^(?:TRACE|TRACK|CONNECT)$/i.test(method) ? 'GET' : method
}
