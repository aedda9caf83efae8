import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { field, received } from '../support/slack-server.ts'

/**
 * A host under test: the example routes, wrapped, on a real store, with a real server in Slack's
 * place.
 */
export interface Host {
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Reads the host's rows and alerts. */
  store: Pick<Store, 'issues' | 'occurrences'>
  /** Base URL of the server in Slack's place. */
  slack: string
  /** The facts that the host must record about itself. */
  runtime: string
  stop?(): Promise<void>
}

const HEADERS = {
  'user-agent': 'behaviour-suite/1',
  'x-request-id': 'request-7',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  authorization: 'Bearer canary-credential-1234567890',
}

/** Polls, because klaxon writes after the response. */
async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let i = 0; i < 150; i++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not come`)
}

/**
 * The suite that every host passes. `more` adds tests for this host alone.
 */
export function behaves(
  name: string,
  start: () => Promise<Host>,
  more: (host: () => Host, row: (id: string) => Promise<Occurrence>) => void = () => {},
): void {
  describe(name, () => {
    let host: Host
    beforeAll(async () => {
      host = await start()
    })
    afterAll(() => host.stop?.())

    const errorId = (response: Response): string => {
      const id = response.headers.get('x-error-id')
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      return id!
    }
    const row = (id: string): Promise<Occurrence> =>
      until(async () => (await host.store.occurrences({ id }))[0], `the row ${id}`)

    test('a success outside the API paths goes out as it is', async () => {
      const text = await host.fetch('/')
      expect(text.status).toBe(200)
      expect(await text.text()).toContain('klaxon example')
      expect(text.headers.get('x-error-id')).toBeNull()
      const page = await host.fetch('/page')
      expect(page.headers.get('content-type')).toContain('text/html')
      expect(await page.text()).toContain('<h1>')
    })

    test('a success on an API path is enveloped', async () => {
      const response = await host.fetch('/api/hello')
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(await response.text()).toBe(
        '{"success":true,"result":{"from":"klaxon"},"message":"Hello"}',
      )
    })

    test('a stream of events is left alone', async () => {
      const response = await host.fetch('/api/stream')
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(await response.text()).toMatch(/^event: tick\ndata: 1\n/)
    })

    test('a success with no body becomes an empty result', async () => {
      const init = {
        method: 'POST',
        body: '{"item":"tea"}',
        headers: { 'content-type': 'application/json' },
      }
      const response = await host.fetch('/api/orders', init)
      expect(response.status).toBe(201)
      expect(await response.json()).toEqual({ success: true, result: {}, message: null })
    })

    test('a returned 404 is enveloped and stored with its route', async () => {
      const response = await host.fetch('/api/users/999?tab=orders&token=canary', {
        headers: HEADERS,
      })
      expect(response.status).toBe(404)
      const id = errorId(response)
      expect(await response.json()).toEqual({
        success: false,
        result: null,
        message: 'No such user',
      })
      expect(await row(id)).toMatchObject({
        kind: 'status',
        status: 404,
        method: 'GET',
        path: '/api/users/999',
        route: '/api/users/:id',
        userAgent: 'behaviour-suite/1',
        requestId: 'request-7',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        runtime: host.runtime,
      })
    })

    test('a returned 400 is enveloped and stored', async () => {
      const response = await host.fetch('/api/orders', { method: 'POST', body: '{' })
      expect(response.status).toBe(400)
      const id = errorId(response)
      expect(await response.json()).toEqual({
        success: false,
        result: null,
        message: 'An order needs an item',
      })
      expect(await row(id)).toMatchObject({ kind: 'status', status: 400, method: 'POST' })
    })

    test('a returned 503 is enveloped, stored and told', async () => {
      const response = await host.fetch('/api/unavailable')
      expect(response.status).toBe(503)
      const id = errorId(response)
      expect(await response.json()).toEqual({
        success: false,
        result: {},
        message: 'Back in five minutes',
      })
      expect(await row(id)).toMatchObject({ kind: 'status', status: 503, errorName: null })
      const post = await until(
        async () => (await received(host.slack)).find((each) => JSON.stringify(each).includes(id)),
        'the alert about the 503',
      )
      expect(field(post, 'Status Code')).toBe('503')
      expect(field(post, 'Path')).toBe('/api/unavailable')
    })

    test('a throw answers without its message, stores it with its cause, and alerts once for ten calls', async () => {
      const responses = await Promise.all(
        Array.from({ length: 10 }, () => host.fetch('/api/boom', { headers: HEADERS })),
      )
      const ids = responses.map(errorId)
      for (const response of responses) {
        expect(response.status).toBe(500)
        expect(await response.json()).toEqual({
          success: false,
          result: null,
          message: 'Internal Server Error',
        })
      }
      const rows = await Promise.all(ids.map(row))
      expect(new Set(rows.map((each) => each.fingerprint)).size).toBe(1)
      expect(rows[0]).toMatchObject({
        kind: 'thrown',
        status: 500,
        errorName: 'Error',
        errorMessage: 'Payment failed',
        route: '/api/boom',
      })
      expect(rows[0]!.errorStack).toContain('Payment failed')
      expect(rows[0]!.causes).toMatchObject([
        { name: 'Error', message: 'The card processor timed out' },
      ])
      const about = async () =>
        (await received(host.slack)).filter((each) =>
          JSON.stringify(each).includes('Payment failed'),
        )
      const posts = await until(
        async () => ((await about()).length > 0 ? about() : undefined),
        'the alert',
      )
      expect(posts).toHaveLength(1)
      expect(posts[0]!.text).toBe('⚠️ 500 Error: Server error at /api/boom')
      expect(posts[0]!.attachments[0]!.color).toBe('#ff0000')
      expect(ids.some((id) => JSON.stringify(posts[0]).includes(id))).toBe(true)
      const issue = (await host.store.issues()).find(
        (each) => each.fingerprint === rows[0]!.fingerprint,
      )
      expect(issue).toMatchObject({ count: 10, state: 'open', kind: 'thrown' })
    })

    test('nothing secret of the request is stored', async () => {
      const response = await host.fetch('/api/users/998?token=canary-in-query', {
        headers: HEADERS,
      })
      const stored = JSON.stringify(await row(errorId(response)))
      expect(stored).not.toContain('canary')
      expect(stored).toContain('[Filtered]')
    })

    test('an address that the client writes is not believed', async () => {
      const headers: Record<string, string> = {
        'x-forwarded-for': '6.6.6.6',
        'x-real-ip': '6.6.6.6',
        'true-client-ip': '6.6.6.6',
        'x-client-ip': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
      }
      // Cloudflare overwrites this header before a Worker sees it. Elsewhere a client can set it.
      if (host.runtime !== 'workerd') headers['cf-connecting-ip'] = '6.6.6.6'
      const response = await host.fetch('/api/users/997', { headers })
      const { clientIp } = await row(errorId(response))
      // Deno and Bun hand their socket to every handler, Node only to those of @hono/node-server
      // and srvx.
      const known = ['127.0.0.1', '::1']
      const own = host.runtime === 'deno' || host.runtime === 'bun' ? known : [null, ...known]
      expect(own).toContain(clientIp)
    })

    test('sixty failing requests at once give sixty rows, twice in a row', async () => {
      for (const round of [1, 2]) {
        const responses = await Promise.all(
          // Each 5xx has a row. Of a 4xx issue only the first hundred per hour have one.
          Array.from({ length: 60 }, (_, i) => host.fetch(`/api/unavailable?n=${round}0${i}`)),
        )
        const rows = await Promise.all(responses.map((response) => row(errorId(response))))
        expect(new Set(rows.map((each) => each.id)).size).toBe(60)
      }
    })

    more(() => host, row)
  })
}
