/**
 * What it costs to make a JSON response, transform it and read it: one batch of one transform a
 * request.
 */
import { toEnvelope } from '../../src/envelope/rewrite/respond.ts'
import { apiJson } from '../_bodies.ts'

type Transform = (response: Response) => Response | Promise<Response>

const PREFIX = '{"success":true,"result":'
const SUFFIX = ',"message":null}'
const headers = { 'content-type': 'application/json' }
const encoder = new TextEncoder()

const TRANSFORMS: Record<string, Transform> = {
  none: (response) => response,
  klaxon: (response) => toEnvelope(response, { format: 'envelope', text: true }),
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

export const TRANSFORM_NAMES: readonly string[] = Object.keys(TRANSFORMS)

const texts = new Map<string, string>()

function textOf(size: number, ascii: boolean): string {
  const key = `${size} ${ascii}`
  const text = texts.get(key) ?? apiJson(size, ascii)
  texts.set(key, text)
  return text
}

async function run(transform: Transform, text: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const response = await transform(new Response(text, { headers }))
    await response.arrayBuffer()
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    const name = searchParams.get('transform')
    if (name === null) return Response.json('ready')
    const text = textOf(Number(searchParams.get('size')), searchParams.get('text') === 'ascii')
    await run(TRANSFORMS[name]!, text, Number(searchParams.get('times')))
    return Response.json('done')
  },
}
