import { Hono } from 'hono'
import { hc, type InferResponseType } from 'hono/client'
import { expectTypeOf } from 'vitest'
import { fail, ok, raw, unwrap } from '../../src/envelope/index.ts'

// The type of the body is known, as JSON represents it.
expectTypeOf(unwrap(ok({ id: 1, at: new Date() }))).resolves.toEqualTypeOf<{
  id: number
  at: string
}>()
expectTypeOf(ok([1]).json()).resolves.toEqualTypeOf<{
  success: true
  result: number[]
  message: string | null
}>()
expectTypeOf(unwrap(fail(404, 'no'))).resolves.toBeNever()

// Both are responses, and `raw` keeps the type of its argument.
expectTypeOf(ok(1)).toExtend<Response>()
expectTypeOf(fail(404, 'no')).toExtend<Response>()
expectTypeOf(raw(Response.json(1))).toEqualTypeOf<Response>()

// @ts-expect-error A message beside a result is a text.
ok(1, { message: { a: 1 } })
// @ts-expect-error A failure has a status.
fail('no')

// Hono's RPC client knows the body.
const app = new Hono()
  .get('/users/:id', (c) => (c.req.param('id') === '0' ? fail(404, 'no') : ok({ id: 1 })))
  .post('/users', () => ok({ id: 1 }, { status: 201 }))
const client = hc<typeof app>('http://x')
expectTypeOf<InferResponseType<typeof client.users.$post, 201>>().toEqualTypeOf<{
  success: true
  result: { id: number }
  message: string | null
}>()
type Get = (typeof client.users)[':id']['$get']
expectTypeOf<InferResponseType<Get, 200>['result']>().toEqualTypeOf<{ id: number }>()
expectTypeOf<InferResponseType<Get, 404>['message']>().toEqualTypeOf<string>()
