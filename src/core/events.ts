import { type Call, capture, captures, type Site, waitUntilOf } from './capture.ts'
import { clock } from './seam.ts'
import { describe } from './thrown.ts'

/** The handlers of a Worker export, beside `fetch`, whose failures are recorded. */
export const EVENTS = ['scheduled', 'queue', 'email', 'tail'] as const

export type EventName = (typeof EVENTS)[number]

// The host's types are the user's to choose: an event handler is anything with (event, env, ctx).
export type EventHandler = (this: any, event: any, env: any, ctx: any) => unknown

/** What an event is about, in place of a path: the cron line, the queue's name. */
function subject(event: unknown): string {
  const { cron, queue } = (event ?? {}) as { cron?: unknown; queue?: unknown }
  if (typeof cron === 'string') return cron
  return typeof queue === 'string' ? queue : ''
}

/** Records what an event handler throws and throws the same value again, so that the platform retries. */
export function wrapEvent(name: EventName, handler: EventHandler, site: Site): EventHandler {
  return async function klaxonEvent(
    this: unknown,
    event: unknown,
    env: unknown,
    ctx: unknown,
  ): Promise<unknown> {
    const startedAt = clock()
    const entered = captures
    // Before the handler: what it reports belongs to this env.
    const setup = site.setup(env)
    try {
      return await handler.call(this, event, env, ctx)
    } catch (error) {
      const request = new Request('http://event')
      const call: Call = {
        site,
        setup,
        request,
        second: env,
        ctx: waitUntilOf(ctx, request),
        startedAt,
        entered,
        hints: { event: { name, subject: subject(event) } },
      }
      capture(call, {
        kind: 'thrown',
        status: 500,
        error,
        description: describe(error),
        response: null,
      })
      throw error
    }
  }
}
