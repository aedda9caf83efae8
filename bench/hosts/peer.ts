/** A Worker of subjects/ under @hono/node-server: `WORKER` is the path of its bundle. */
import { serve } from '@hono/node-server'

interface Worker {
  fetch(request: Request, env: object, ctx: object): Response | Promise<Response>
}

const { PORT, WORKER, ...env } = process.env
const { default: worker } = (await import(WORKER!)) as { default: Worker }
const ctx = {
  waitUntil: (promise: Promise<unknown>) => void promise.catch(() => {}),
  passThroughOnException() {},
  props: {},
}
serve({
  fetch: (request) => worker.fetch(request, env, ctx),
  port: Number(PORT),
  hostname: '127.0.0.1',
})
