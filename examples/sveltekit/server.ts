import { serve } from 'srvx'
import { address } from '../_setup.ts'

interface SvelteKit {
  init(options: { env: NodeJS.ProcessEnv }): Promise<void>
  respond(request: Request, options: { getClientAddress(): string }): Promise<Response>
}

// Built by `vite build` in this folder; in an app an adapter's server does this.
const built = new URL('.svelte-kit/server.js', import.meta.url)
const { server: app } = (await import(built.href)) as { server: SvelteKit }
await app.init({ env: process.env })

const server = serve({
  ...address,
  fetch: (request) => app.respond(request, { getClientAddress: () => request.ip ?? '' }),
})

process.once('SIGTERM', () => void stop())

async function stop() {
  await server.close()
  process.emit('sveltekit:shutdown' as never)
}
