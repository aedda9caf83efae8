import { expect, test, vi } from 'vitest'
import { behaves } from '../../suites/behaviour.ts'
import { appHost } from './_app.ts'

process.env['NEXT_TELEMETRY_DISABLED'] = '1'
process.env['ASTRO_TELEMETRY_DISABLED'] = '1'

const NEXT = 'node_modules/next/dist/bin/next'
const ASTRO = 'node_modules/astro/bin/astro.mjs'

/** `next build` checks the types as well. */
const next = {
  example: 'examples/next',
  packages: ['next@16.4.6', 'react@19', 'react-dom@19', '@types/react@19'],
  build: [[NEXT, 'build']],
  server: [NEXT, 'start', '--hostname', '127.0.0.1'],
}
const astro = {
  example: 'examples/astro',
  packages: ['astro@7.3.5', '@astrojs/node@11.1.6'],
  build: [
    [ASTRO, 'sync'],
    ['node_modules/typescript/bin/tsc', '--noEmit'],
    [ASTRO, 'build'],
  ],
  server: ['dist/server/entry.mjs'],
}

behaves(
  'Next.js 16, route handlers',
  () => appHost(next),
  (host) => {
    test('redirect() stays a redirect', async () => {
      const response = await host().fetch('/away', { redirect: 'manual' })
      expect(response.status).toBe(307)
      expect(response.headers.get('location')).toBe('/page')
      expect(response.headers.get('x-error-id')).toBeNull()
    })

    test('what a page throws is a report; the page is that of Next', async () => {
      const response = await host().fetch('/broken')
      expect(response.status).toBe(500)
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      await vi.waitFor(
        async () => {
          const rows = await host().store.occurrences()
          const row = rows.find(({ path }) => path === '/broken')
          expect(row).toMatchObject({ kind: 'thrown', errorMessage: 'The shelf is empty' })
        },
        { timeout: 8_000 },
      )
    })
  },
)

behaves(
  'Astro 7, middleware',
  () => appHost(astro),
  (host, row) => {
    test('a redirect stays one', async () => {
      const response = await host().fetch('/away', { redirect: 'manual' })
      expect(response.status).toBe(303)
      expect(response.headers.get('x-error-id')).toBeNull()
    })

    test('for what a page throws 500.astro goes out, and the error is recorded', async () => {
      const response = await host().fetch('/broken')
      expect(response.status).toBe(500)
      expect(await response.text()).toContain('Something broke')
      expect(await row(response.headers.get('x-error-id')!)).toMatchObject({
        kind: 'thrown',
        errorMessage: 'The shelf is empty',
        route: '/broken',
      })
    })

    test('a page that is not there has no route', async () => {
      const response = await host().fetch('/none')
      expect(response.status).toBe(404)
      const stored = await row(response.headers.get('x-error-id')!)
      expect(stored).toMatchObject({ kind: 'status', status: 404, route: null })
    })
  },
)
