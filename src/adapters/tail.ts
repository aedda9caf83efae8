import { observe, type Site } from '../core/capture.ts'
import { draftOccurrence, type Hints } from '../core/occurrence.ts'
import type { Description } from '../core/thrown.ts'
import type { Occurrence, WaitUntil } from '../core/types.ts'

/** The parts of a trace that are read, https://developers.cloudflare.com/workers/runtime-apis/handlers/tail/ */
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
  exceptions?: readonly { name: string; message: string; stack?: string }[]
  /** What was written to the console: the arguments of each call. */
  logs?: readonly { message: unknown }[]
}

export type Tail = (events: readonly TraceItem[], env?: unknown, ctx?: WaitUntil) => void

/** What ended a Worker from outside, by outcome: no wrapper inside it can see these. */
const KILLS: Record<string, string> = {
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
 * The `tail` handler of a Tail Worker: records what the producer's own wrapper could not see. An exception is grouped as a
 * throw of it would be, so both are one issue; a trace holds no `code`, and an error that has one is an issue beside.
 */
export function createTail(site: Site): Tail {
  return function tail(events, env, ctx) {
    const setup = site.setup(env)
    for (const item of events) {
      for (const description of failuresOf(item)) {
        observe(
          setup,
          'tail',
          () => {
            const draft = draftOccurrence(setup, failure(item, description, env))
            // By itself: a line that cannot be read must not cost the record.
            const told = observe(setup, 'tail', () => isTold(item, draft.occurrence), false)
            if (!told) setup.record(draft, ctx)
          },
          undefined,
        )
      }
    }
  }
}

/** How the producer's own klaxon begins the line about what it has recorded, see `core/log.ts`. */
const LINE = '{"klaxon":"occurrence"'

/**
 * Whether the producer's own klaxon has recorded this: an event's failure, and every throw with `rethrow`, is recorded there
 * and thrown on, so that it comes here as well. The name is not compared: a trace calls a thrown string an Error.
 */
function isTold(
  { logs = [] }: TraceItem,
  { method, path, errorMessage }: Pick<Occurrence, 'method' | 'path' | 'errorMessage'>,
): boolean {
  return logs.some(({ message }) => {
    const text: unknown = Array.isArray(message) ? message[0] : message
    if (typeof text !== 'string' || !text.startsWith(LINE)) return false
    const line = JSON.parse(text) as { method: string; path: string; error?: string }
    const told = line.error?.slice(line.error.indexOf(': ') + 2)
    return told === errorMessage && line.method === method && line.path === path
  })
}

function failuresOf({ outcome, exceptions = [] }: TraceItem): Description[] {
  const rest = { code: null, status: null, expose: null, causes: [] }
  if (exceptions.length > 0) {
    return exceptions.map(({ name, message, stack }) => ({
      name,
      message,
      stack: stack ?? null,
      ...rest,
    }))
  }
  const message = KILLS[outcome]
  return message === undefined ? [] : [{ name: outcome, message, stack: null, ...rest }]
}

function failure(
  item: TraceItem,
  description: Description,
  env: unknown,
): Parameters<typeof draftOccurrence>[1] {
  const { request } = item.event ?? {}
  const common = {
    kind: 'thrown' as const,
    status: 500,
    second: env,
    description,
    at: item.eventTimestamp ?? undefined,
    extra: {
      script: item.scriptName ?? null,
      ...(item.entrypoint === undefined ? {} : { entrypoint: item.entrypoint }),
      outcome: item.outcome,
    },
  }
  if (request === undefined || !URL.canParse(request.url))
    return { ...common, request: new Request('http://tail'), hints: { event: eventOf(item) } }
  const { url, method, headers = {}, cf } = request
  return {
    ...common,
    request: Object.defineProperty(new Request(url, { method: bodiless(method), headers }), 'cf', {
      value: cf,
    }),
  }
}

/** What the Worker was called for, if not by a request; the first three as `wrapEvent` has them. */
function eventOf({ event }: TraceItem): NonNullable<Hints['event']> {
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

/** TRACE and CONNECT make no Request; what the trace says of them is enough as a GET. */
function bodiless(method: string): string {
  return /^(?:TRACE|TRACK|CONNECT)$/i.test(method) ? 'GET' : method
}
