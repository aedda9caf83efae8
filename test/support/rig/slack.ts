import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SlackPost } from '../slack-server.ts'

/** The answers of the server in Slack's place. */
export type Answer =
  | 'ok'
  | 'hang'
  | { status: number; body?: string; headers?: Record<string, string> }

export interface SlackEnd {
  webhookUrl: string
  /** Posts that were answered `ok`. */
  taken: SlackPost[]
  /** All posts. */
  posts: number
  answer: () => Answer
  stop(): Promise<void>
}

/** A real HTTP server in Slack's place, whose answers a test chooses. */
export async function startSlack(): Promise<SlackEnd> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      end.posts++
      const answer = end.answer()
      if (answer === 'hang') return
      if (answer !== 'ok') {
        response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
        return
      }
      end.taken.push(JSON.parse(body) as SlackPost)
      response.end('ok')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end: SlackEnd = {
    webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T/B/x`,
    taken: [],
    posts: 0,
    answer: () => 'ok',
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return end
}
