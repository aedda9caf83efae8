import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// The unit tests alone: no server is started for what is mutated here.
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^fast-check$/,
        replacement: fileURLToPath(new URL('fast-check.ts', import.meta.url)),
      },
    ],
  },
  // One worker for all files of a run: five would cost five times as much as the tests.
  test: { include: process.env.TESTS?.split(',') ?? [], testTimeout: 60_000, isolate: false },
})
