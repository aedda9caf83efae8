import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { Hono } from 'hono'
import { cache } from 'hono/cache'
import { upgradeWebSocket } from 'hono/cloudflare-workers'
import { expect, test } from 'vitest'
import { identical, see, type Subject } from '../../suites/identity.ts'
import { variants } from '../../suites/identity-variants.ts'
import { subjects } from '../../suites/identity-subjects.ts'

let caches = 0

/**
 * Each app has a separate cache, because the stored response of one variant must not answer for
 * another.
 */
const cached: Subject = {
  name: 'cache',
  build(app, base) {
    app.use(cache({ cacheName: `identity-${caches++}`, cacheControl: 'max-age=60' }))
    let served = 0
    app.get(`${base}/json`, (c) => c.json({ message: 'Hello', served: ++served }))
    app.get(`${base}/text`, (c) => c.text(`served ${++served}`))
    app.get(`${base}/missing`, (c) => c.json({ message: 'No such user' }, 404))
  },
  mask: ['date', /.+/],
  asks: ['/json', '/json', '/text', '/text', '/missing', '/missing'].map((path) => ({
    path,
    status: path === '/missing' ? 404 : 200,
  })),
}

identical(subjects, async (fetch, request) =>
  see(await fetch(request, {}, createExecutionContext())),
)

identical([cached], async (fetch, request) => {
  const ctx = createExecutionContext()
  const seen = await see(await fetch(request, {}, ctx))
  // The cache is written after the response.
  await waitOnExecutionContext(ctx)
  return seen
})

interface Upgraded extends Response {
  webSocket: {
    accept(): void
    send(text: string): void
    addEventListener(name: 'message', listener: (event: { data: unknown }) => void): void
  } | null
}

test.each(Object.keys(variants))('a web socket, %s', async (variant) => {
  const app = (first = new Hono()): Hono =>
    first.get(
      '/api/socket',
      upgradeWebSocket(() => ({ onMessage: ({ data }, ws) => ws.send(`heard ${String(data)}`) })),
    )
  const headers = { upgrade: 'websocket' }
  const request = new Request('http://localhost/api/socket', { headers })
  const response = (await variants[variant]!(app)(
    request,
    {},
    createExecutionContext(),
  )) as Upgraded
  expect(response.status).toBe(101)
  const { webSocket } = response
  webSocket!.accept()
  const answer = new Promise((resolve) =>
    webSocket!.addEventListener('message', ({ data }) => resolve(data)),
  )
  webSocket!.send('hello')
  expect(await answer).toBe('heard hello')
  const plain = await variants[variant]!(app)(new Request('http://localhost/api/socket'))
  expect(plain.status).toBe(404)
})
