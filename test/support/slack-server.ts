import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A real HTTP server in Slack's place: it keeps each `POST /hook`, and `GET /received` lists them.
 */
export async function startSlackEnd(): Promise<{ url: string; stop(): Promise<void> }> {
  const received: unknown[] = []
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(received))
      return
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push(JSON.parse(body))
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A Slack message as klaxon posts it. */
export interface SlackPost {
  text: string
  attachments: { color: string; fields: { title: string; value: string }[] }[]
}

/** The messages so far. It asks over HTTP, so that it works inside workerd as well. */
export async function received(url: string): Promise<SlackPost[]> {
  const response = await fetch(`${url}/received`)
  return (await response.json()) as SlackPost[]
}

export function field(post: SlackPost, title: string): string | undefined {
  return post.attachments[0]?.fields.find((each) => each.title === title)?.value
}
