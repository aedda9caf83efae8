import { peek } from '../envelope/peek.ts'
import { isMarked, mark, toEnvelope } from '../envelope/respond.ts'
import { type Call, capture, observe, recordedInside } from './capture.ts'
import type { Note } from './notes.ts'
import {
  discard,
  failureResponse,
  INTERNAL,
  isPlainFailure,
  isResponse,
  plainFailure,
  tag,
  wantsEnvelope,
} from './respond.ts'
import { faultName, isPromise } from './seam.ts'
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

/** A throw that has been recorded, and what is needed to answer for it. */
export interface Recorded {
  id: string | null
  error: unknown
  description: Description
  /** The response that the thrown value carries. */
  carried: Response | null
}

/** Records a throw. With `rethrow` no response is asked of the value: whoever gets it will ask. */
export function recordThrow(call: Call, error: unknown, known?: Response): Recorded {
  const { setup } = call
  const description = observe(
    setup,
    'describe',
    () => describe(error, call.hints?.before),
    UNDESCRIBED,
  )
  const asks = setup.options.rethrow !== true
  const carried = known ?? observe(setup, 'describe', () => carriedResponse(error, asks), null)
  const status = carried?.status ?? description.status ?? 500
  const id = capture(call, { kind: 'thrown', status, error, description, response: null })
  return { id, error, description, carried }
}

/** The response for a throw is the option's, or the one the value carries, or klaxon's own. */
export function respondTo(call: Call, thrown: Recorded): Response {
  const { carried } = thrown
  const own = chosen(call, thrown)
  if (own === undefined) return carried ?? build(call, thrown)
  if (carried !== null) observe(call.setup, 'response', () => discard(carried, own), undefined)
  return own
}

function chosen({ setup, request }: Call, { id, error }: Recorded): Response | undefined {
  const { onError } = setup.options
  if (onError === undefined) return undefined
  return observe(
    setup,
    'option onError',
    () => {
      const made: unknown = onError(error, { id, request })
      if (made === undefined || (!isPromise(made) && isResponse(made))) return made
      setup.logger.trouble(
        'option onError',
        'option `onError` must return a Response, not a promise or anything else',
      )
      return undefined
    },
    undefined,
  )
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

function build(call: Call, { description, id }: Recorded): Response {
  const { setup, request } = call
  const own = observe(
    setup,
    'response',
    () => failureResponse(setup, request, description, id),
    null,
  )
  return own ?? plainFailure()
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
  const thrown = recordThrow({ ...call, hints: note.hints }, note.error, note.carried)
  if (note.builtin && call.setup.options.rethrow === true) {
    if (response !== note.carried) discard(response)
    return RETHROW
  }
  if (!note.builtin) return answer(call, response, thrown.id)
  if (note.carried !== undefined) {
    const own = chosen(call, thrown)
    if (own === undefined) return answer(call, response, thrown.id)
    discard(response, own)
    return answer(call, withHeadersOf(response, own), thrown.id)
  }
  if (answersAsDefault(call, thrown)) return answer(call, response, thrown.id)
  const put = (old: Response): Response | Promise<Response> =>
    answer(call, withHeadersOf(old, respondTo(call, thrown)), thrown.id)
  // The very object that was put there: its body needs no reading. A copy of it shares the body, which is then spent.
  if (response === note.standIn) return put(response)
  // Hono answers HEAD with a copy of what it has for GET, without the body.
  if (call.request.method === 'HEAD' && response.status === 500 && response.body === null)
    return put(response)
  return unlessDefault(response)
    .then((own) => (own === null ? put(response) : answer(call, own, thrown.id)))
    .catch((fault: unknown) => {
      // The outermost seam of what is not answered at once.
      call.setup.logger.trouble('fault', `klaxon failed to answer: ${faultName(fault)}`)
      return plainFailure()
    })
}

/** Whether klaxon would answer for a throw as frameworks do by default: whose answer is there makes no difference then. */
export function answersAsDefault({ setup, request }: Call, { description }: Recorded): boolean {
  if (setup.options.onError !== undefined) return false
  return observe(setup, 'envelope paths', () => isPlainFailure(setup, request, description), false)
}

/** The response that someone has chosen; null for Hono's default, whose text is ours, which in the end only its body tells. */
export async function unlessDefault(response: Response): Promise<Response | null> {
  if (response.status !== 500 || !isPlainText(response)) return response
  if (response.bodyUsed || response.body === null || response.body.locked) return response
  const encoding = response.headers.get('content-encoding')
  const most = encoding === null ? INTERNAL.length : MAX_COMPRESSED
  const seen = await peek(response as WithBody, most)
  // One that breaks off at once has no more to say than the default, and klaxon has.
  if (seen === null) return null
  if (seen.bytes === null) return seen.response()
  return (await isDefault(seen.bytes, encoding)) ? null : seen.response()
}

type WithBody = Response & { body: NonNullable<Response['body']> }

/** Middleware may have compressed it, `encoding` then says how. */
async function isDefault(body: Uint8Array<ArrayBuffer>, encoding: string | null): Promise<boolean> {
  if (encoding === null) return new TextDecoder().decode(body) === INTERNAL
  try {
    const stream = new DecompressionStream(encoding as CompressionFormat)
    return (await new Response(new Blob([body]).stream().pipeThrough(stream)).text()) === INTERNAL
  } catch {
    // Neither gzip nor deflate, or not what it says: someone's own.
    return false
  }
}

/** Bytes of the default, compressed; as gzip it has 41. */
const MAX_COMPRESSED = 99

function isPlainText(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/plain') === true
}

/** The new response with what middleware has set on the old one, such as CORS headers. */
export function withHeadersOf(old: Response, fresh: Response): Response {
  if (old === fresh || !hasMoreHeaders(old)) return fresh
  const headers = new Headers(old.headers)
  for (const name of OF_THE_BODY) headers.delete(name)
  // Cookies are many under one name: those of both go out.
  for (const [name] of fresh.headers) if (name !== 'set-cookie') headers.delete(name)
  // Appended: of two Set-Cookie a set would keep one.
  for (const [name, value] of fresh.headers) headers.append(name, value)
  const { status, statusText } = fresh
  const out = new Response(fresh.body, { status, statusText, headers })
  return isMarked(fresh) ? mark(out) : out
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
