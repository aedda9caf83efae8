import { reasonPhrase } from '../util/reason-phrase.ts'
import { keepMessage, mark, markWithBody } from './rewrite/mark.ts'

/** Options of `ok`. */
export interface OkInit<Status extends number = number> {
  /**
   * A whole number from 200 to 299, except 204, 205 and 206, which have no whole body.
   * @default 200
   */
  status?: Status
  /** @default the host's */
  statusText?: string
  /** @default the content type alone, `application/json` */
  headers?: HeadersInit
  /**
   * A text for people.
   * @default null
   */
  message?: string | null
}

/** Options of `fail`. */
export interface FailInit {
  /** @default the host's */
  statusText?: string
  /** @default the content type alone, `application/json` */
  headers?: HeadersInit
  /**
   * Details of the fault, such as one issue for each field of a form. They become a fourth member
   * of the envelope, and `issues` of the error that `unwrap` throws.
   * @default none
   */
  issues?: readonly unknown[]
}

/** The type of a value after printing as JSON: a Date becomes a string. */
export type Printed<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends { toJSON(...args: never): infer Own }
    ? Printed<Own>
    : T extends object
      ? { [Key in keyof T]: Printed<T[Key]> }
      : T

/**
 * A response with the type of its body. The members with an underscore exist only in types. Hono's
 * RPC client reads them, as those of `c.json`.
 */
export interface EnvelopeResponse<Body, Status extends number> extends Response {
  json(): Promise<Body>
  readonly _data: Body
  readonly _status: Status
  readonly _format: 'json'
}

/** The body of `ok`. */
export interface Success<T> {
  success: true
  result: T
  message: string | null
}

/** The body of `fail`. */
export interface Failure<Message> {
  success: false
  result: null
  message: Message
  issues?: readonly unknown[]
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/**
 * Makes a success in an envelope. The data is printed once, and klaxon does not read the response,
 * so this is the cheapest envelope. The data stays whole, a `message` in it included. It works with
 * and without klaxon around the handler, on any path.
 *
 * @param data becomes `result`. A value that JSON lacks, such as undefined, becomes null
 * @throws RangeError for a status without an envelope
 * @throws TypeError for data that `JSON.stringify` refuses: a cycle, a BigInt
 * @example
 * ```ts
 * app.get('/api/users/:id', async (c) => ok(await findUser(c.req.param('id'))))
 * app.post('/api/users', async (c) => ok(await addUser(c), { status: 201, message: 'Welcome' }))
 * ```
 */
export function ok<T, Status extends number = 200>(
  data: T,
  init: OkInit<Status> = {},
): EnvelopeResponse<Success<Printed<T>>, Status> {
  const { status = 200, message = null } = init
  if (!isSuccess(status)) {
    throw new RangeError(`klaxon: the status of ok() must be 2xx with a whole body; got ${status}`)
  }
  const result = JSON.stringify(data) ?? 'null'
  const body = `{"success":true,"result":${result},"message":${JSON.stringify(message)}}`
  return mark(responseOf(body, status, init)) as EnvelopeResponse<Success<Printed<T>>, Status>
}

/**
 * Makes a failure in an envelope, with `result: null`. klaxon records it as any 4xx or 5xx, with
 * its message if that is a text.
 *
 * @param status a whole number from 400 to 599
 * @param message the message for the client. @default the reason phrase of the status
 * @throws RangeError for another status
 * @throws TypeError for a message that `JSON.stringify` refuses: a cycle, a BigInt
 * @example
 * ```ts
 * return fail(404, 'No such user')
 * return fail(422, 'Two fields are wrong', { issues: [{ path: ['email'], message: 'Required' }] })
 * ```
 */
export function fail<Message = string, Status extends number = number>(
  status: Status,
  message?: Message,
  init: FailInit = {},
): EnvelopeResponse<Failure<Printed<Message>>, Status> {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new RangeError(`klaxon: the status of fail() must be from 400 to 599; got ${status}`)
  }
  const shown: unknown = message === undefined ? reasonPhrase(status) : message
  const issues = init.issues === undefined ? '' : `,"issues":${JSON.stringify(init.issues)}`
  const text = JSON.stringify(shown) ?? 'null'
  const body = `{"success":false,"result":null,"message":${text}${issues}}`
  const response = mark(responseOf(body, status, init))
  if (typeof shown === 'string') keepMessage(response, shown)
  return response as EnvelopeResponse<Failure<Printed<Message>>, Status>
}

/**
 * Marks a response that must not become an envelope, such as an OpenAPI document or a GraphQL
 * result. The mark also holds for copies that middleware makes.
 *
 * @returns the same object
 * @example
 * ```ts
 * app.get('/api/openapi.json', (c) => raw(c.json(document)))
 * ```
 */
export function raw<R extends Response>(response: R): R {
  markWithBody(response)
  return response
}

function isSuccess(status: number): boolean {
  return (
    Number.isInteger(status) && status >= 200 && status < 300 && !(status > 203 && status < 207)
  )
}

function responseOf(
  body: string,
  status: number,
  { statusText, headers }: Pick<ResponseInit, 'statusText' | 'headers'>,
): Response {
  if (headers === undefined && statusText === undefined) {
    return new Response(body, { status, headers: JSON_HEADERS })
  }
  const all = new Headers(headers)
  if (!all.has('content-type')) all.set('content-type', 'application/json')
  const init = { status, headers: all }
  return new Response(body, statusText === undefined ? init : { ...init, statusText })
}
