import { Hono } from 'hono'
import { hc, type InferResponseType } from 'hono/client'
import { expectTypeOf } from 'vitest'
import type { Enveloped } from '../../src/hono/middleware.ts'
import { unwrap } from '../../src/envelope/index.ts'

const app = new Hono()
  .get('/api/users/:id', (c) => c.json({ message: 'Hello', id: c.req.param('id') }))
  .post('/api/users', (c) => {
    if (c.req.header('x') === undefined) return c.json({ message: 'No x' }, 400)
    if (c.req.header('y') === undefined) return c.json({ message: 'No y', field: 'y' }, 422)
    if (c.req.header('z') === undefined) return c.json({ message: 'Away', after: 3 }, 503)
    return c.json({ id: 1, tags: ['a'] }, 201)
  })
  .get('/v1/api/list', (c) => c.json([1, 2, 3], 200))
  .get('/api/text', (c) => c.text('as it is'))
  .get('/apiary', (c) => c.json({ message: 'no segment', bees: 1 }, 200))

const client = hc<Enveloped<typeof app>>('http://x')
const users = client.api.users

type User = InferResponseType<(typeof users)[':id']['$get']>
type UserSuccess = Extract<User, { success: true }>
expectTypeOf<UserSuccess['result']>().toEqualTypeOf<{ id: string }>()
expectTypeOf<UserSuccess['message']>().toEqualTypeOf<string>()
expectTypeOf<User['success']>().toEqualTypeOf<boolean>()

expectTypeOf<InferResponseType<typeof users.$post, 201>>().toEqualTypeOf<{
  success: true
  result: { id: number; tags: string[] }
  message: null
}>()
expectTypeOf<InferResponseType<typeof users.$post, 400>>().toEqualTypeOf<{
  success: false
  result: null
  message: string
}>()
expectTypeOf<InferResponseType<typeof users.$post, 422>>().toEqualTypeOf<{
  success: false
  result: null
  message: { message: string; field: string }
}>()
expectTypeOf<InferResponseType<typeof users.$post, 503>>().toEqualTypeOf<{
  success: false
  result: { after: number }
  message: string
}>()
expectTypeOf<InferResponseType<typeof client.v1.api.list.$get>>().toEqualTypeOf<{
  success: true
  result: number[]
  message: null
}>()

// Types of routes without JSON, or outside the segment, do not change.
expectTypeOf<InferResponseType<typeof client.api.text.$get>>().toEqualTypeOf<'as it is'>()
expectTypeOf<InferResponseType<typeof client.apiary.$get>>().toEqualTypeOf<{
  message: string
  bees: number
}>()

// Another segment.
const rest = hc<Enveloped<typeof app, 'v1'>>('http://x')
expectTypeOf<InferResponseType<typeof rest.v1.api.list.$get>>().toHaveProperty('success')
expectTypeOf<InferResponseType<typeof rest.apiary.$get>>().not.toHaveProperty('success')

// The types of the request do not change.
// @ts-expect-error no id
void users[':id'].$get({ param: {} })

// `unwrap` gives back the result.
expectTypeOf(unwrap(await users[':id'].$get({ param: { id: '1' } }))).resolves.toEqualTypeOf<{
  id: string
}>()
expectTypeOf(unwrap(await users.$post())).resolves.toEqualTypeOf<{ id: number; tags: string[] }>()
expectTypeOf(unwrap<{ id: number }>(await fetch('/api/users/1'))).resolves.toEqualTypeOf<{
  id: number
}>()
