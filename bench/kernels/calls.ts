/**
 * What wrapping adds to one async call that succeeds. One variant a process, so that nothing else
 * shapes its code.
 */
import { withKlaxon } from '../../src/klaxon.ts'

type Handler = (request: Request, env: unknown, ctx: unknown) => unknown

/** ns a call. */
export interface Calls {
  bare: number
  wrapped: number
}

const VARIANTS: Record<string, (response: Response) => [bare: Handler, wrapped: Handler]> = {
  'the bare await': (response) => {
    const bare: Handler = async () => response
    return [
      bare,
      async (request, env, ctx) => {
        try {
          return await bare(request, env, ctx)
        } catch {
          return response
        }
      },
    ]
  },
  'klaxon, no envelope': (response) => {
    const bare: Handler = async () => response
    return [bare, withKlaxon(bare, { envelope: false, log: false })]
  },
  'klaxon, outside the API path': (response) => {
    const bare: Handler = async () => response
    return [bare, withKlaxon(bare, { log: false })]
  },
  'klaxon around an object': (response) => {
    const bare: Handler = async () => response
    return [bare, withKlaxon({ fetch: bare }, { envelope: false, log: false }).fetch]
  },
  'klaxon, options by env': (response) => {
    const bare: Handler = async () => response
    return [bare, withKlaxon(bare, () => ({ envelope: false, log: false }))]
  },
}

export const VARIANT_NAMES: readonly string[] = Object.keys(VARIANTS)

const ROUNDS = 24
/** So many that workerd's clock, which counts whole ms, is fine enough. */
const CALLS = 100_000

async function run(variant: string): Promise<Calls[]> {
  const response = new Response('ok', { headers: { 'content-type': 'application/json' } })
  const [bare, wrapped] = VARIANTS[variant]!(response)
  const request = new Request('http://shop.example/orders/list?page=2')
  const env = {}
  const ctx = { waitUntil() {} }

  // Two loops and not one, which would see two handlers.
  async function bareLoop(): Promise<number> {
    const start = performance.now()
    for (let i = 0; i < CALLS; i++) await bare(request, env, ctx)
    return ((performance.now() - start) * 1e6) / CALLS
  }
  async function wrappedLoop(): Promise<number> {
    const start = performance.now()
    for (let i = 0; i < CALLS; i++) await wrapped(request, env, ctx)
    return ((performance.now() - start) * 1e6) / CALLS
  }

  for (let i = 0; i < 3; i++) {
    await bareLoop()
    await wrappedLoop()
  }
  const rounds: Calls[] = []
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push({ bare: await bareLoop(), wrapped: await wrappedLoop() })
  }
  return rounds
}

export default {
  async fetch(request: Request): Promise<Response> {
    const variant = new URL(request.url).searchParams.get('variant')
    return variant === null ? new Response('ready') : Response.json(await run(variant))
  },
}
