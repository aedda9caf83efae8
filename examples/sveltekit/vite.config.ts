import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

/**
 * The smallest adapter: the server as SvelteKit builds it, for server.ts beside this file. An app
 * takes one of SvelteKit's.
 */
const adapter = {
  name: 'a fetch handler',
  adapt: (builder: { generateServerInstance(dest: string): void }) =>
    builder.generateServerInstance('.svelte-kit/server.js'),
}

export default defineConfig({
  plugins: [sveltekit({ adapter: adapter as never })],
  ssr: { external: ['klaxon'] },
})
