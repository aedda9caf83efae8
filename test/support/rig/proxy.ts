import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** The action of the proxy for one request. */
export type Fault =
  | 'pass'
  /** Closes the connection before anything is forwarded. */
  | 'cut'
  /** Accepts and never answers. */
  | 'hang'
  /** Forwards, lets the server commit, and closes the connection instead of answering. */
  | 'lose'
  /** Sends half of the server's reply and closes the connection. */
  | 'half'
  | { delayMs: number }
  | { status: number; body: string | ((request: string) => string) }

export interface Proxy {
  url: string
  /** The requests, with the action for each. */
  calls: Fault[]
  /** Requests in progress, without those that hang. */
  busy: number
  /** Asked once per request. */
  fault: (body: string) => Fault
  /** Stops listening and ends open connections. */
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

/** A database error as sqld sends it: status 200, with the error in the step of the statement. */
export function databaseError(code: string, message: string): Fault {
  return { status: 200, body: (request) => JSON.stringify(failAt(1, { code, message }, request)) }
}

interface Pipeline {
  requests: { type: string; batch?: { steps: unknown[] } }[]
}

function failAt(at: number, error: { code: string; message: string }, request: string): unknown {
  const results = (JSON.parse(request) as Pipeline).requests.map(({ type, batch }) => {
    if (type !== 'batch') return { type: 'ok', response: { type } }
    const nothing = batch!.steps.map(() => null)
    const result = {
      step_results: nothing,
      step_errors: nothing.map((_, step) => (step === at ? error : null)),
    }
    return { type: 'ok', response: { type, result } }
  })
  return { baton: null, base_url: null, results }
}

/** An HTTP server between klaxon and sqld that breaks requests as the test says. */
export async function startProxy(
  target: string,
  fault: Proxy['fault'] = () => 'pass',
): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const agent = new Agent({ keepAlive: true })
  let server: Server | undefined

  function forward(
    message: IncomingMessage,
    body: string,
  ): Promise<{ reply: IncomingMessage; text: string }> {
    return new Promise((resolve, reject) => {
      const { method, url: path } = message
      // Asks for uncompressed replies, because half of a compressed reply is no text.
      const headers = { ...message.headers, 'accept-encoding': 'identity' }
      const out = send({ hostname, port, method, path, headers, agent }, (reply) => {
        let text = ''
        reply.setEncoding('utf8')
        reply.on('data', (chunk: string) => (text += chunk))
        reply.on('end', () => resolve({ reply, text }))
      })
      out.on('error', reject)
      out.end(body)
    })
  }

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.setEncoding('utf8')
    let body = ''
    for await (const chunk of message) body += chunk as string
    const what = proxy.fault(body)
    proxy.calls.push(what)
    if (what === 'hang') return
    if (what === 'cut') return void response.socket?.destroy()
    if (typeof what === 'object' && 'status' in what) {
      response.writeHead(what.status, { 'content-type': 'application/json' })
      response.end(typeof what.body === 'string' ? what.body : what.body(body))
      return
    }
    if (typeof what === 'object') await new Promise((resolve) => setTimeout(resolve, what.delayMs))
    const { reply, text } = await forward(message, body)
    if (what === 'lose') return void response.socket?.destroy()
    response.writeHead(reply.statusCode!, { 'content-type': reply.headers['content-type'] ?? '' })
    if (what !== 'half') return void response.end(text)
    response.write(text.slice(0, text.length >> 1), () => response.socket?.destroy())
  }

  async function up(at: number): Promise<void> {
    if (server?.listening) return
    server = createServer((message, response) => {
      proxy.busy++
      handle(message, response)
        .catch(() => response.destroy())
        .finally(() => proxy.busy--)
    })
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }

  async function down(): Promise<void> {
    const old = server!
    old.closeAllConnections()
    await new Promise((resolve) => old.close(resolve))
  }

  await up(0)
  const own = (server!.address() as AddressInfo).port
  const proxy: Proxy = {
    url: `http://127.0.0.1:${own}`,
    calls: [],
    busy: 0,
    fault,
    down,
    up: () => up(own),
    async stop() {
      agent.destroy()
      if (server!.listening) await down()
    },
  }
  return proxy
}
