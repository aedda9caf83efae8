import { defineConfig } from 'vitest/config'

/**
 * `npm run test:soak`: the long tests in real time, and the test of many isolates with all its
 * isolates. It takes about 20 minutes.
 */
export default defineConfig({
  test: {
    name: 'soak',
    include: [
      'test/outbox/soak.test.ts',
      'test/alerts/faults.test.ts',
      'test/alerts/fleet.test.ts',
    ],
    env: { KLAXON_SOAK: '1' },
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 60_000,
  },
})
