import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { type Fetch, variants } from './identity-variants.ts'

/**
 * A Hono middleware under test. Its routes exist twice: under `/`, and with the envelope under
 * `/api`.
 */
export interface Subject {
  name: string
  build(app: Hono, base: '' | '/api'): void
  asks: readonly Ask[]
  /** Parts of a response that differ between any two requests. */
  mask?: readonly [header: string, RegExp]
}

export interface Ask {
  path: string
  /** Gets the responses so far, for conditional requests. */
  init?: RequestInit | ((sofar: readonly Seen[]) => RequestInit) | undefined
  status: number
  /** Whether the handler throws, and neither it nor the middleware makes a response. */
  throws?: true
}

/** A response as a client sees it. */
export interface Seen {
  status: number
  statusText: string
  headers: [string, string][]
  body: Uint8Array
}

/** Sends one request as a host would. */
type Asking = (fetch: Fetch, request: Request) => Promise<Seen>

export async function see(response: Response): Promise<Seen> {
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers].toSorted(([a, b], [c, d]) => compare(a, c) || compare(b, d)),
    body: new Uint8Array(await response.arrayBuffer()),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function header({ headers }: Seen, name: string): string | undefined {
  return headers.find(([key]) => key === name)?.[1]
}

const without = ({ headers }: Seen, ...names: string[]) =>
  headers.filter(([key]) => !names.includes(key))

const decode = (body: Uint8Array): string => new TextDecoder().decode(body)

/** The response that the contract demands, made from the bare response. */
function contracted(bare: Seen, base: string, method: string, throws: boolean): Seen {
  if (throws) return forThrow(bare, base)
  return base === '' ? bare : enveloped(bare, method)
}

/**
 * Outside the envelope the framework gives the same answer as klaxon. Inside, klaxon answers, and
 * no middleware has compressed that answer.
 */
function forThrow(bare: Seen, base: string): Seen {
  if (base === '') return bare
  const headers = without(bare, 'content-encoding')
  return as({ ...bare, headers }, failed(null, 'Internal Server Error'), 'application/json')
}

/**
 * Section 5 of the contract in the simplest code: the response of klaxon for a response of the
 * handler.
 */
function enveloped(seen: Seen, method: string): Seen {
  const { status } = seen
  const type = header(seen, 'content-type') ?? ''
  const whole =
    status >= 200 && ![204, 205, 206].includes(status) && (status < 300 || status >= 400)
  const json = /^(application|text)\/json/.test(type)
  const text = status >= 400 && type.startsWith('text/plain')
  if (!whole || header(seen, 'content-encoding') || !(json || text)) return seen
  if (method === 'HEAD') return { ...seen, headers: without(seen, 'content-length') }
  if (text) return as(seen, failed(null, decode(seen.body)), 'application/json')
  const body: unknown = JSON.parse(decode(seen.body))
  return as(seen, status < 400 ? succeeded(body) : failedWith(status, body), type)
}

const failed = (result: unknown, message: unknown) => ({ success: false, result, message })

function succeeded(body: unknown) {
  const { rest, message } = split(body)
  return { success: true, result: rest, message }
}

function failedWith(status: number, body: unknown) {
  const { rest, message, alone } = split(body)
  if (status >= 500) return failed(rest, message)
  return failed(null, alone ? message : body)
}

function split(body: unknown): { rest: unknown; message: unknown; alone: boolean } {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('message' in body))
    return { rest: body, message: null, alone: false }
  const { message, ...rest } = body
  return { rest, message, alone: Object.keys(rest).length === 0 }
}

function as(seen: Seen, body: object, type: string): Seen {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  const headers = without(seen, 'content-type', 'content-length')
  headers.push(['content-type', type])
  if (header(seen, 'content-length') !== undefined)
    headers.push(['content-length', String(bytes.length)])
  return { ...seen, headers: headers.toSorted(([a], [b]) => compare(a, b)), body: bytes }
}

function masked(seen: Seen, mask: Subject['mask']): Seen {
  if (mask === undefined) return seen
  const headers = seen.headers.map(([key, value]): [string, string] =>
    key === mask[0] ? [key, value.replace(mask[1], '~')] : [key, value],
  )
  return { ...seen, headers }
}

async function play(fetch: Fetch, { asks }: Subject, base: string, ask: Asking): Promise<Seen[]> {
  const sofar: Seen[] = []
  for (const { path, init } of asks) {
    const given = typeof init === 'function' ? init(sofar) : init
    sofar.push(await ask(fetch, new Request(`http://localhost${base}${path}`, given)))
  }
  return sofar
}

const plainly: Asking = async (fetch, request) => see(await fetch(request))

/**
 * Tests that the app answers with klaxon as without it, except where the contract says otherwise.
 */
export function identical(subjects: readonly Subject[], ask: Asking = plainly): void {
  describe.each(subjects)('$name', (subject) => {
    const { asks, mask } = subject
    describe.each([
      ['outside the envelope', ''],
      ['inside the envelope', '/api'],
    ] as const)('%s', (_where, base) => {
      const app = (first = new Hono()): Hono => {
        subject.build(first, base)
        return first
      }
      test.each(Object.keys(variants))('%s', async (variant) => {
        const bare = await play(app().fetch, subject, base, ask)
        expect(bare.map(({ status }) => status)).toEqual(asks.map(({ status }) => status))
        const got = await play(variants[variant]!(app), subject, base, ask)
        for (const [i, { status, init: given, throws }] of asks.entries()) {
          const init = typeof given === 'function' ? given(bare) : given
          const method = init?.method ?? 'GET'
          const expected = contracted(bare[i]!, base, method, throws === true)
          const headers = unexposed(without(got[i]!, 'x-error-id'), expected)
          const tagged = header(got[i]!, 'x-error-id') !== undefined
          expect({ ...show(masked({ ...got[i]!, headers }, mask)), tagged }).toEqual({
            ...show(masked(expected, mask)),
            tagged: status >= 400,
          })
        }
      })
    })
  })
}

/** klaxon adds `x-error-id`. The rest of the header is the app's. */
function unexposed(headers: Seen['headers'], expected: Seen): Seen['headers'] {
  const name = 'access-control-expose-headers'
  const before = header(expected, name)
  return headers.flatMap(([key, value]): Seen['headers'] => {
    if (key !== name || value === before) return [[key, value]]
    const rest = value.split(', ').filter((each) => each !== 'x-error-id')
    return rest.length === 0 ? [] : [[key, rest.join(', ')]]
  })
}

/** The body as text if it is text, so that a difference can be read. */
function show(seen: Seen) {
  const text = decode(seen.body)
  return { ...seen, body: text.includes('\ufffd') ? [...seen.body] : text }
}
