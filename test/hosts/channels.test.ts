import { execFile } from 'node:child_process'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import type { SendResult } from '../../src/model/channel.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { startWorkers } from '../support/workerd.ts'

/** The behaviours of the vendors. */
type Mood = 'well' | 'redirects' | 'silent'

interface Call {
  channel: string
  /** The facts that must be the same on every runtime. */
  seen: unknown[]
}

let server: Server
let origin = ''
let mood: Mood = 'well'
let calls: Call[] = []
let strayed = 0

/** Signatures, keys and times differ each time, so only their presence is compared. */
const FRESH = /^(?:webhook-(?:id|signature|timestamp))$/
const KEPT = /^(?:content-type|authorization|idempotency-key|webhook-.*)$/

function accept(path: string, response: ServerResponse): void {
  const body = path.endsWith('/token')
    ? { access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' }
    : { ok: true, channel: 'C123', ts: '1.000100', result: {}, id: '1', number: 7, items: [] }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(path === '/slack/slack' ? 'ok' : JSON.stringify(body))
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method, url = '', headers } = request
      if (url === '/stray') strayed++
      const kept = Object.entries(headers)
        .filter(([name]) => KEPT.test(name))
        .map(([name, value]) => `${name}: ${FRESH.test(name) ? 'fresh' : String(value)}`)
        .toSorted((a, b) => a.localeCompare(b))
      const text = url.endsWith('/token') ? body.replace(/assertion=.*/, 'assertion') : body
      const channel = decodeURIComponent(url.split('/')[1] ?? '')
      calls.push({ channel, seen: [method, url, kept, text] })
      if (mood === 'well') accept(url, response)
      else if (mood === 'redirects') response.writeHead(307, { location: `${origin}/stray` }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const run = promisify(execFile)
const script = 'test/support/fixtures/channels-process.ts'

async function inProcess(command: string, args: string[]): Promise<string> {
  return (await run(command, [...args, script, origin], { cwd: root })).stdout
}

async function inWorkerd(
  entry = 'test/support/fixtures/channels-worker.ts',
  options: object = {},
): Promise<string> {
  const miniflare = await startWorkers({ entry, ...options })
  try {
    const url = await miniflare.ready
    return await (await fetch(new URL(`/?${encodeURIComponent(origin)}`, url))).text()
  } finally {
    await miniflare.dispose()
  }
}

const runtimes: [string, () => Promise<string>][] = [
  ['Node', () => inProcess(process.execPath, [])],
  ['Deno', () => inProcess(denoBinary(), ['run', '-A'])],
  ['Bun', () => inProcess(bunBinary(), ['run'])],
  ['workerd', () => inWorkerd()],
]
let onNode: Call[] = []

describe.each(runtimes)('every channel on %s', (runtime, start) => {
  const send = async (how: Mood): Promise<[string, SendResult[]][]> => {
    mood = how
    calls = []
    strayed = 0
    return Object.entries(JSON.parse(await start()) as Record<string, SendResult[]>)
  }

  test('sends what it sends on Node', async () => {
    const results = await send('well')
    expect(results).toHaveLength(11)
    for (const [channel, both] of results)
      expect([channel, both]).toEqual([channel, [{ ok: true }, { ok: true }]])
    const inOrder = calls.toSorted((a, b) => a.channel.localeCompare(b.channel))
    if (runtime === 'Node') onNode = inOrder
    expect(calls.length).toBeGreaterThan(22)
    expect(inOrder).toEqual(onNode)
  })

  test('follows no redirect', async () => {
    const results = await send('redirects')
    expect(results).toHaveLength(11)
    for (const [channel, both] of results)
      expect([channel, both.map(({ ok }) => ok)]).toEqual([channel, [false, false]])
    expect(strayed).toBe(0)
  })

  test('gives up on a vendor that never answers', async () => {
    const results = await send('silent')
    expect(results).toHaveLength(11)
    for (const [channel, both] of results)
      expect([channel, both.map(({ ok }) => ok)]).toEqual([channel, [false, false]])
  }, 60_000)
})

test('email goes through the send_email binding of workerd, and a refusal of it is told', async () => {
  const bindings = [
    { name: 'EMAIL' },
    { name: 'ELSEWHERE', destination_address: 'someone@example.org' },
  ]
  const answer = await inWorkerd('test/support/fixtures/email-worker.ts', {
    email: { send_email: bindings },
  })
  expect(JSON.parse(answer)).toEqual([
    { ok: true },
    { ok: true },
    { ok: true },
    { ok: false, reason: expect.stringContaining('the email binding refused') },
  ])
})
