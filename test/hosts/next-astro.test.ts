import { inject, describe, expect, test, vi } from 'vitest'
import { libsql } from '../../src/store/libsql/libsql.ts'

/**
 * The recipes for Next.js and Astro without the frameworks, which are too heavy for `npm ci`:
 * klaxon and the database are real, the caller of the handlers is not. `npm run test:frameworks`
 * installs both, and runs the whole suite on their servers.
 */
process.env['LIBSQL_URL'] = inject('sqldUrl')

const OWN =
  /^(?:NEXT_|DYNAMIC_SERVER_USAGE$|BAILOUT_TO_CLIENT_SIDE_RENDERING$|HANGING_PROMISE_REJECTION$)/
vi.mock('next/navigation', () => ({
  unstable_rethrow(error: { digest?: unknown }) {
    if (typeof error?.digest === 'string' && OWN.test(error.digest)) throw error
  },
}))

const store = libsql({ url: inject('sqldUrl') })

const row = (response: Response) =>
  expect
    .poll(async () => (await store.occurrences({ id: response.headers.get('x-error-id')! }))[0])
    .toBeDefined()
    .then(async () => (await store.occurrences({ id: response.headers.get('x-error-id')! }))[0])

const boom = (): never => {
  throw new Error('Payment failed')
}
const asked = (path: string) => new Request(`http://localhost${path}`)
const FAILED = { success: false, result: null, message: 'Internal Server Error' }

describe('a route handler of Next.js', async () => {
  const { route } = await import('../../examples/next/klaxon.ts')

  test('gets its context, and a status it returns is recorded', async () => {
    const GET = route('/api/users/:id', async (_request, { params }: { params: Promise<object> }) =>
      Response.json({ message: await params }, { status: 404 }),
    )
    const response = await GET(asked('/api/users/9'), { params: Promise.resolve({ id: '9' }) })
    expect(await response.json()).toEqual({ success: false, result: null, message: { id: '9' } })
    expect(await row(response)).toMatchObject({ kind: 'status', route: '/api/users/:id' })
  })

  test('that throws is recorded with its error', async () => {
    const response = await route('/api/boom', boom)(asked('/api/boom'), {})
    expect(await response.json()).toEqual(FAILED)
    expect(await row(response)).toMatchObject({
      kind: 'thrown',
      errorMessage: 'Payment failed',
      errorStack: expect.stringContaining('next-astro.test.ts'),
    })
  })

  test.each([
    'NEXT_REDIRECT;replace;/;307;',
    'DYNAMIC_SERVER_USAGE',
    'BAILOUT_TO_CLIENT_SIDE_RENDERING',
    'HANGING_PROMISE_REJECTION',
  ])('that throws what is %s of Next throws the same value to Next', async (digest) => {
    const own = Object.assign(new Error('for Next'), { digest })
    const GET = route('/away', () => {
      throw own
    })
    await expect(GET(asked('/away'), {})).rejects.toBe(own)
  })
})

describe('the middleware of Astro', async () => {
  const middleware = await astro()
  const context = (path: string, routePattern = path) => ({
    request: asked(path),
    url: new URL(path, 'http://localhost'),
    routePattern,
    isPrerendered: false,
    clientAddress: '203.0.113.7',
  })

  test('records a status with the pattern and the address', async () => {
    const next = async () => Response.json({ message: 'No such user' }, { status: 404 })
    const response = await middleware.onRequest(context('/api/users/9', '/api/users/[id]'), next)
    expect(await row(response)).toMatchObject({ route: '/api/users/:id', clientIp: '203.0.113.7' })
  })

  test('records a throw; an endpoint gets the envelope, a page 500.astro', async () => {
    const next = async (path?: string) =>
      path ? new Response('500.astro', { status: 500 }) : boom()
    const endpoint = await middleware.onRequest(context('/api/boom'), next)
    expect(await endpoint.json()).toEqual(FAILED)
    const page = await middleware.onRequest(context('/broken'), next)
    expect(await page.text()).toBe('500.astro')
    for (const response of [endpoint, page])
      expect(await row(response)).toMatchObject({ kind: 'thrown', errorMessage: 'Payment failed' })
  })

  test('leaves a prerendered page alone, whose context has no address', async () => {
    const prerendered = {
      isPrerendered: true,
      get clientAddress(): string {
        throw new Error('prerendered')
      },
    }
    const built = new Response('built', { status: 404 })
    expect(await middleware.onRequest(prerendered as never, async () => built)).toBe(built)
    expect(built.headers.get('x-error-id')).toBeNull()
  })
})

interface Context {
  request: Request
  url: URL
  routePattern: string
  isPrerendered: boolean
  clientAddress: string
}

/**
 * Imports by a name that tsc does not follow, because its types need `astro`, which is not
 * installed.
 */
function astro(): Promise<{
  onRequest(context: Context, next: (path?: string) => Promise<Response>): Promise<Response>
}> {
  const path = '../../examples/astro/src/middleware.ts'
  return import(/* @vite-ignore */ path)
}
