import type { Hono } from 'hono'
import type { Endpoint, Schema } from 'hono/types'

/**
 * The type of a Hono app for its clients: `hc<Enveloped<typeof app>>(url)`. JSON of routes under
 * `Segment` is in an envelope. All other routes stay as they are.
 *
 * A route with a literal status (`c.json(user, 201)`, `c.json({ message }, 404)`) has the envelope
 * of that status. A route without one may have either; `success` tells them apart.
 *
 * @example
 * ```ts
 * const client = hc<Enveloped<typeof app>>('https://api.example.com')
 * const user = await unwrap(await client.api.users[':id'].$get({ param: { id: '1' } }))
 * ```
 */
export type Enveloped<App, Segment extends string = 'api'> =
  App extends Hono<infer E, infer S, infer Base>
    ? EnvelopedSchema<S, Segment> extends infer Wrapped extends Schema
      ? Hono<E, Wrapped, Base>
      : never
    : never

type EnvelopedSchema<S, Segment extends string> = {
  [Path in keyof S]: Path extends string
    ? HasSegment<Path, Segment> extends true
      ? { [Method in keyof S[Path]]: EnvelopedRoute<S[Path][Method], Method> }
      : S[Path]
    : S[Path]
}

type HasSegment<
  Path extends string,
  Segment extends string,
> = `${Path}/` extends `${string}/${Segment}/${string}` ? true : false

/** OPTIONS and HEAD are not enveloped. */
type EnvelopedRoute<Route, Method> = Method extends '$options' | '$head'
  ? Route
  : Route extends Endpoint & { outputFormat: 'json' }
    ? Omit<Route, 'output'> & { output: EnvelopedOutput<Route['output'], Route['status']> }
    : Route

/** A route without a literal status has a union of all statuses. */
type EnvelopedOutput<Output, Status> = number extends Status
  ? Either<Output>
  : 200 | 404 extends Status
    ? Either<Output>
    : Status extends 204 | 205 | 206
      ? Output
      : Digit<Status> extends '2'
        ? Success<Output>
        : Digit<Status> extends '4'
          ? { success: false; result: null; message: MessageOf4xx<Output> }
          : Digit<Status> extends '5'
            ? { success: false; result: ResultOf<Output>; message: MessageOf<Output> }
            : Output

type Digit<Status> = Status extends number
  ? `${Status}` extends `${infer First}${string}`
    ? First
    : never
  : never

type Success<Output> = { success: true; result: ResultOf<Output>; message: MessageOf<Output> }

type Either<Output> = Success<Output> | { success: false; result: unknown; message: unknown }

/** A top-level `message` is moved out of an object. */
type ResultOf<T> = T extends readonly unknown[]
  ? T
  : T extends { message: unknown }
    ? Omit<T, 'message'>
    : T

type MessageOf<T> = T extends readonly unknown[]
  ? null
  : T extends { message: infer Message }
    ? Message
    : null

/** The whole body; of an object whose only member is `message`, that member. */
type MessageOf4xx<T> = T extends { message: infer Message }
  ? keyof T extends 'message'
    ? Message
    : T
  : T
