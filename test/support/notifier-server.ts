import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SendContext } from '../src/core/types.ts'

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
  /** Says nothing at all, or never ends what it began. */
  hang?: 'silent' | 'body'
}

export interface VendorServer {
  origin: string
  received: Received[]
  /** The next answers, in order; the last one is given again. */
  answers(...answers: Answer[]): void
  /** A `fetch` that sends every address here, and keeps each response to look at. */
  context: SendContext
  responses: Response[]
  close(): Promise<void>
}

/** A real HTTP server that stands in for the vendor. */
export async function startVendor(): Promise<VendorServer> {
  const received: Received[] = []
  const responses: Response[] = []
  let queue: Answer[] = [{ status: 200 }]

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
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
    const response = await fetch(origin + pathname + search, init)
    responses.push(response)
    return response
  }
  return {
    origin,
    received,
    responses,
    context: { fetch: redirected },
    answers: (...answers) => (queue = answers),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}
