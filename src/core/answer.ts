import { toEnvelope } from '../envelope/respond.ts'
import { type Call, capture, observe, recordedInside } from './capture.ts'
import type { Note } from './notes.ts'
import { failureResponse, isResponse, PLAIN, tag, wantsEnvelope } from './respond.ts'
import { isPromise } from './seam.ts'
import { carriedResponse, describe, type Description } from './thrown.ts'

/** Records a returned status when it is a failure. */
export function captureStatus(call: Call, response: Response): string | null {
  if (response.status < 400 && call.setup.options.capture === undefined) return null
  return capture(withHints(call), {
    kind: 'status',
    status: response.status,
    error: undefined,
    description: null,
    response,
  })
}

/** What the framework knows of a request, asked for on the error path only. */
export function withHints(call: Call): Call {
  const { setup, site, request, second } = call
  if (call.hints !== undefined || site.hints === undefined) return call
  return { ...call, hints: observe(setup, 'route', () => site.hints?.(request, second), undefined) }
}

/** Records a throw; the response is the one it carries, or the option's, or klaxon's own. */
export function failure(call: Call, error: unknown): { id: string | null; response: Response } {
  const { setup, request } = call
  const description = observe(setup, 'describe', () => describe(error), UNDESCRIBED)
  const carried = observe(setup, 'describe', () => carriedResponse(error), null)
  const status = carried?.status ?? description.status ?? 500
  const id = capture(call, { kind: 'thrown', status, error, description, response: null })
  const { onError } = setup.options
  const own = observe(
    setup,
    'option onError',
    () => {
      const made: unknown = onError?.(error, { id, request })
      if (made === undefined || (!isPromise(made) && isResponse(made))) return made
      setup.logger.trouble(
        'option onError',
        'option `onError` must return a Response, not a promise or anything else',
      )
      return undefined
    },
    undefined,
  )
  return { id, response: own ?? carried ?? build(call, description, id) }
}

/** Stands for a thrown value that could not be looked at. */
const UNDESCRIBED: Description = {
  name: 'Error',
  message: '',
  stack: null,
  causes: [],
  code: null,
  status: null,
  expose: null,
}

function build(call: Call, description: ReturnType<typeof describe>, id: string | null): Response {
  const { setup, request } = call
  const own = observe(
    setup,
    'response',
    () => failureResponse(setup, request, description, id),
    null,
  )
  return own ?? new Response('Internal Server Error', { status: 500, headers: PLAIN })
}

export const RETHROW = Symbol('rethrow')

/** A framework answered for an error by itself: its default is replaced, a user's own handler is respected. */
export function onNote(
  call: Call,
  note: Note,
  response: Response,
): Response | Promise<Response> | typeof RETHROW {
  const inner = recordedInside(call)
  if (inner !== null) return answer(call, response, inner)
  const made = failure({ ...call, hints: note.hints }, note.error)
  if (!note.builtin) return answer(call, response, made.id)
  if (call.setup.options.rethrow === true) return RETHROW
  return unlessDefault(response).then((own) =>
    answer(call, own ?? withHeadersOf(response, made.response), made.id),
  )
}

/** What Hono's default error handler answers with. */
const HONO_DEFAULT = 'Internal Server Error'

/** The response that someone has chosen; null for the framework's default, which in the end only its body tells. */
export async function unlessDefault(response: Response): Promise<Response | null> {
  if (response.status !== 500 || !isPlainText(response)) return response
  if (response.bodyUsed || response.body === null || response.body.locked) return response
  // Read and not cloned: to tee a stream costs more than all else on this path.
  const body = await response.arrayBuffer()
  const isDefault =
    body.byteLength === HONO_DEFAULT.length && new TextDecoder().decode(body) === HONO_DEFAULT
  return isDefault ? null : new Response(body, response)
}

function isPlainText(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/plain') === true
}

/** The new response with what middleware has set on the old one, such as CORS headers. */
export function withHeadersOf(old: Response, fresh: Response): Response {
  if (old === fresh || !hasMoreHeaders(old)) return fresh
  const headers = new Headers(old.headers)
  for (const name of OF_THE_BODY) headers.delete(name)
  for (const [name] of fresh.headers) headers.delete(name)
  // Appended: of two Set-Cookie a set would keep one.
  for (const [name, value] of fresh.headers) headers.append(name, value)
  return new Response(fresh.body, { status: fresh.status, statusText: fresh.statusText, headers })
}

const OF_THE_BODY = ['content-type', 'content-length', 'content-encoding']

/** Whether a response has headers that say something about more than its body: most have none. */
function hasMoreHeaders({ headers }: Response): boolean {
  for (const [name] of headers) if (!OF_THE_BODY.includes(name)) return true
  return false
}

/** Envelope and error id: the last two things that happen to a response. */
export function answer(
  call: Call,
  response: Response,
  id: string | null,
): Response | Promise<Response> {
  const { setup, request } = call
  const { envelope } = setup
  const wanted =
    envelope !== null &&
    request.method !== 'HEAD' &&
    observe(setup, 'envelope paths', () => wantsEnvelope(setup, request), false)
  const finish = (out: Response): Response =>
    id === null ? out : observe(setup, 'error id', () => tag(out, id), out)
  if (!wanted) return finish(response)
  const out = observe(setup, 'envelope', () => toEnvelope(response, envelope.format, id), response)
  return out instanceof Promise ? out.then(finish, () => finish(response)) : finish(out)
}
