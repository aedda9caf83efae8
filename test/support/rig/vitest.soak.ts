import { defineConfig } from 'vitest/config'

/** `npm run test:soak`: the long forms in real time, and the many isolates at full number. About 20 minutes. */
export default defineConfig({
  test: {
    name: 'soak',
    include: ['test/soak/**/*.test.ts', 'test/unit/alerts-faults.test.ts'],
    env: { KLAXON_SOAK: '1' },
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
})
