import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { behaves } from '../suites/behaviour.ts'
import { bunBinary } from '../support/binaries.ts'
import { processHost } from '../support/process-host.ts'

const node = (example: string) => () => processHost('node', process.execPath, [example])

behaves('itty-router 6 on Node with srvx', node('examples/itty.ts'))
behaves('h3 2 on Node with srvx', node('examples/h3.ts'))
behaves('Elysia 1.4 on Bun', () => processHost('bun', bunBinary(), ['examples/elysia.ts']))

const keepsItsPage: Parameters<typeof behaves>[2] = (host, row) => {
  test("a page that fails goes out as the framework's own, and the error is recorded", async () => {
    const response = await host().fetch('/broken', { headers: { accept: 'text/html' } })
    expect(response.status).toBe(500)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await response.text()).toMatch(/Something broke|Internal Error/)
    expect(await row(response.headers.get('x-error-id')!)).toMatchObject({
      kind: 'thrown',
      errorName: 'Error',
      errorMessage: 'The shelf is empty',
      errorStack: expect.stringContaining('The shelf is empty'),
      route: '/broken',
    })
  })

  test('a page that is not there is a 404, and no throw', async () => {
    const response = await host().fetch('/none', { headers: { accept: 'text/html' } })
    expect(response.status).toBe(404)
    const stored = await row(response.headers.get('x-error-id')!)
    expect(stored).toMatchObject({ kind: 'status', status: 404, route: null })
  })
}

// The server runtime is real. The build that the Vite plugin would make is written by hand.
behaves('React Router 8 on Node with srvx', node('examples/react-router.ts'), keepsItsPage)

// The app is built by its Vite plugin. Only the adapter, of one line, is written here.
behaves('SvelteKit 3 on Node with srvx', sveltekit, (host, row) => {
  keepsItsPage(host, row)

  test('what a page streams and fails is a report, when the response is out', async () => {
    const response = await host().fetch('/late')
    expect(response.status).toBe(200)
    await response.text()
    await vi.waitFor(
      async () => {
        const messages = (await host().store.occurrences()).map(({ errorMessage }) => errorMessage)
        expect(messages).toContain('The stream dried up')
      },
      { timeout: 8_000 },
    )
  })

  test.each(['/away', '/account'])('a redirect that %s throws stays one', async (path) => {
    const response = await host().fetch(path, { redirect: 'manual' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/page')
    expect(response.headers.get('x-error-id')).toBeNull()
  })
})

async function sveltekit() {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  await promisify(execFile)(process.execPath, [vite, 'build'], {
    cwd: join(root, 'examples/sveltekit'),
  })
  return processHost('node', process.execPath, ['examples/sveltekit/server.ts'])
}
