import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SendContext } from '../../src/model/channel.ts'

export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
  /** Never answers, or never ends an answer. */
  hang?: 'silent' | 'body'
}

export interface VendorServer {
  origin: string
  received: Received[]
  /** The next answers, in order. The last one repeats. */
  answers(...answers: Answer[]): void
  /** A `fetch` that sends every request here, and keeps each response. */
  context: SendContext
  responses: Response[]
  close(): Promise<void>
}

const TURN = 'x-turn'

/** A real HTTP server that stands in for the vendor. */
export async function startVendor(): Promise<VendorServer> {
  const received: Received[] = []
  const responses: Response[] = []
  let queue: Answer[] = [{ status: 200 }]
  /** A request that its sender gave up may arrive late: it must not take another one's answer. */
  let turn = 0

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      if (headers[TURN] !== undefined && headers[TURN] !== String(turn)) return request.destroy()
      received.push({ method, url, headers, body })
      const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 200 }
      if (answer.hang === 'silent') return
      response.writeHead(answer.status, answer.headers)
      if (answer.hang === 'body') response.write('never ')
      else response.end(answer.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const redirected: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input)
    const headers = new Headers(init?.headers)
    headers.set(TURN, String(turn))
    const response = await fetch(origin + pathname + search, { ...init, headers })
    responses.push(response)
    return response
  }
  return {
    origin,
    received,
    responses,
    context: { fetch: redirected },
    answers(...answers) {
      queue = answers
      turn++
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
