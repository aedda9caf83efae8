// @ts-ignore -- a checkout that was installed before has no such package
import { arktypeValidator } from '@hono/arktype-validator'
// @ts-ignore -- a checkout that was installed before has no such package
import { sValidator } from '@hono/standard-validator'
// @ts-ignore -- a checkout that was installed before has no such package
import { vValidator } from '@hono/valibot-validator'
// @ts-ignore -- a checkout that was installed before has no such package
import { zValidator } from '@hono/zod-validator'
// @ts-ignore -- a checkout that was installed before has no such package
import { type } from 'arktype'
import { Hono, type Handler } from 'hono'
// @ts-ignore -- a checkout that was installed before has no such package
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
// @ts-ignore -- a checkout that was installed before has no such package
import { z } from 'zod'
import { klaxon, type ValidationFailure, validationHook } from '../../src/hono/middleware.ts'
import { recording } from '../support/recording.ts'

const zod = z.object({ email: z.email(), items: z.array(z.object({ price: z.number() })) })
const valibot = v.object({
  email: v.pipe(v.string(), v.email()),
  items: v.array(v.object({ price: v.number() })),
})
const ark = type({ email: 'string.email', items: type({ price: 'number' }).array() })

const validators: Record<string, Handler<any, any, any>> = {
  Zod: zValidator('json', zod, validationHook()),
  Valibot: vValidator('json', valibot, validationHook()),
  ArkType: arktypeValidator('json', ark, validationHook()),
  'Standard Schema, with Zod': sValidator('json', zod, validationHook()),
  'Standard Schema, with Valibot': sValidator('json', valibot, validationHook()),
}

const post = (body: object): [string, RequestInit] => [
  '/api/orders',
  {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  },
]

describe.each(Object.entries(validators))('validationHook with %s', (_name, validator) => {
  const { klaxon: instance, recorded } = recording()
  const app = new Hono()
    .use(klaxon(instance))
    .post('/api/orders', validator, (c) => c.json({ ok: true }, 201))

  test('lets a valid request through', async () => {
    const response = await app.request(...post({ email: 'a@shop.example', items: [{ price: 1 }] }))
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ success: true, result: { ok: true } })
  })

  test('answers with a readable message and the issues, and the row has the message', async () => {
    const response = await app.request(...post({ email: 'nobody', items: [{ price: 'free' }] }))
    expect(response.status).toBe(400)
    const body = (await response.json()) as ValidationFailure
    expect(Object.keys(body)).toEqual(['success', 'result', 'message', 'issues'])
    expect(body).toMatchObject({ success: false, result: null })
    expect(body.issues.map(({ path }) => path)).toEqual(['email', 'items.0.price'])
    for (const { message } of body.issues) expect(message).toMatch(/^\S.+/)
    expect(body.message).toMatch(/email.+; items\S*price/)
    const [row] = await recorded()
    expect(row).toMatchObject({ kind: 'status', status: 400, route: '/api/orders' })
    expect(row!.errorMessage).toMatch(/^email/)
  })
})

test('validationHook has another status where it is given one, and counts what it leaves out', async () => {
  const hook = validationHook({ status: 422 })
  const app = new Hono().get('/', (c) => {
    const issues = Array.from({ length: 60 }, (_, i) => ({ message: `wrong ${i}`, path: [i] }))
    return hook({ success: false, issues } as never, c)!
  })
  const response = await app.request('/')
  expect(response.status).toBe(422)
  const { message, issues } = (await response.json()) as ValidationFailure
  expect(issues).toHaveLength(50)
  expect(message).toBe('0: wrong 0; 1: wrong 1; 2: wrong 2; 3: wrong 3; 4: wrong 4; and 45 more')
})

test('validationHook finds something to say of a failure without issues', async () => {
  const app = new Hono().get('/', (c) => validationHook()({ success: false }, c)!)
  expect(await (await app.request('/')).json()).toMatchObject({
    message: 'The request is not valid',
    issues: [],
  })
})
