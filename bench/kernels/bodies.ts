/** What it costs to make a JSON response, transform it and read it. */
import { toEnvelope } from '../../src/envelope/respond.ts'
import { apiJson } from '../_bodies.ts'

type Transform = (response: Response) => Response | Promise<Response>

const PREFIX = '{"success":true,"result":'
const SUFFIX = ',"message":null}'
const headers = { 'content-type': 'application/json' }
const encoder = new TextEncoder()

const TRANSFORMS: Record<string, Transform> = {
  none: (response) => response,
  klaxon: (response) => toEnvelope(response, 'envelope'),
  'text() + concat': async (response) =>
    new Response(PREFIX + (await response.text()) + SUFFIX, { headers }),
  'json() + Response.json()': async (response) => {
    const { message = null, ...result } = (await response.json()) as { message?: unknown }
    return Response.json({ success: true, result, message })
  },
  TransformStream: (response) => {
    const around = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(PREFIX)),
      flush: (controller) => controller.enqueue(encoder.encode(SUFFIX)),
    })
    return new Response(response.body!.pipeThrough(around), { headers })
  },
}

/** µs an operation by transform, one figure a round. */
export type Bodies = Record<string, number[]>

/** Together they make a batch of 10 to 30 ms, long enough for workerd's clock, which counts whole ms. */
const BATCH_BYTES = 20_000_000
const OVERHEAD = 15_000

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** After each batch the event loop turns, so that bodies are freed and streams settle as in a server. */
async function run(size: number, rounds: number, ascii: boolean): Promise<Bodies> {
  const text = apiJson(size, ascii)
  const times = Math.max(2, Math.floor(BATCH_BYTES / (size + OVERHEAD)))
  const results: Bodies = Object.fromEntries(Object.keys(TRANSFORMS).map((name) => [name, []]))
  const warmUps = 2
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, transform] of Object.entries(TRANSFORMS)) {
      const start = performance.now()
      for (let i = 0; i < times; i++) {
        const response = await transform(new Response(text, { headers }))
        await response.arrayBuffer()
      }
      const micros = ((performance.now() - start) * 1000) / times
      if (round >= 0) results[name]!.push(micros)
      await tick()
    }
  }
  return results
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    const size = Number(searchParams.get('size'))
    if (size === 0) return new Response('ready')
    const ascii = searchParams.get('text') === 'ascii'
    return Response.json(await run(size, Number(searchParams.get('rounds')), ascii))
  },
}
