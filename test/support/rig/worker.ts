import { createKlaxon } from '../../../src/klaxon.ts'
import { queue, type QueueBatch, type QueueBinding } from '../../../src/fallback/queue.ts'
import { slack } from '../../../src/notify/slack/slack.ts'
import { libsql } from '../../../src/store/libsql/libsql-http.ts'

interface Env {
  LIBSQL_URL: string
  SLACK_WEBHOOK_URL?: string
  KLAXON_QUEUE?: QueueBinding
}

interface Context {
  waitUntil(promise: Promise<unknown>): void
  abort(reason?: unknown): void
}

/** Ids that this isolate captured, and calls of the queue handler. */
const ids: string[] = []
let deliveries = 0

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL }),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : [],
  fallback: env.KLAXON_QUEUE && queue(env.KLAXON_QUEUE),
  maxRowsPerMinute: false,
  log: { error: () => {}, warn: () => {} },
  onError: (_error, { id }) => void ids.push(id!) as undefined,
}))

const wrapped = klaxon.wrap({
  fetch(request: Request, env: Env, ctx: Context): Response {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/burst') return burst(Number(searchParams.get('of')), env, ctx)
    if (pathname === '/report') return Response.json({ ids, deliveries, stats: klaxon.stats() })
    // The request ends during its flush, and all its promises and sockets end with it.
    if (pathname === '/dies') ctx.waitUntil(sleep(150).then(() => ctx.abort('rig')))
    throw new Error('Broken')
  },
})

/**
 * Failures at one moment. Requests over sockets would arrive at different times on a busy machine.
 */
function burst(of: number, env: Env, ctx: Context): Response {
  for (let nth = 0; nth < of; nth++) wrapped.fetch(new Request('http://rig/boom'), env, ctx)
  return new Response(null, { status: 204 })
}

export default {
  ...wrapped,
  /** A queue handler like klaxon's, whose retried messages come back at once. */
  queue(batch: QueueBatch, env: Env, ctx: Context) {
    deliveries++
    const messages = batch.messages.map((message) => ({
      body: message.body,
      attempts: message.attempts ?? 1,
      ack: () => message.ack(),
      retry: () => message.retry(),
    }))
    const { queue: consume } = wrapped as unknown as {
      queue: (...args: unknown[]) => Promise<void>
    }
    return consume({ queue: batch.queue, messages }, env, ctx)
  },
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
