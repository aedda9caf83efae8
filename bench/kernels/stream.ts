/** A JSON body of 100 MB that streams through klaxon, or past it. */
import { withKlaxon } from '../../src/klaxon.ts'

const MB = 1_000_000
const CHUNK = 64_000
const encoder = new TextEncoder()

export interface Streamed {
  bytes: number
  /** Bytes that the source had given when the first one came out. */
  givenAtFirst: number
}

let given = 0

function source(total: number): ReadableStream<Uint8Array> {
  given = 0
  const item = encoder.encode(`"${'x'.repeat(CHUNK - 3)}",`)
  let opened = false
  return new ReadableStream({
    pull(controller) {
      // A view would be detached by a byte stream: each chunk is a copy, as from a socket.
      if (!opened) controller.enqueue(encoder.encode('{"message":"ok","data":['))
      else if (given < total) controller.enqueue(item.slice())
      else {
        controller.enqueue(encoder.encode('0]}'))
        controller.close()
      }
      opened = true
      given += CHUNK
    },
  })
}

const app = withKlaxon(
  async (request: Request) => {
    const total = Number(new URL(request.url).searchParams.get('mb')) * MB
    return new Response(source(total), { headers: { 'content-type': 'application/json' } })
  },
  { log: false },
)

async function run(path: string, mb: number): Promise<Streamed> {
  const response = await app(new Request(`http://shop.example${path}?mb=${mb}`))
  const reader = response.body!.getReader()
  const result: Streamed = { bytes: 0, givenAtFirst: 0 }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return result
    if (result.bytes === 0) result.givenAtFirst = given
    result.bytes += value.length
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    const path = searchParams.get('path')
    if (path === null) return new Response('ready')
    return Response.json(await run(path, Number(searchParams.get('mb'))))
  },
}
