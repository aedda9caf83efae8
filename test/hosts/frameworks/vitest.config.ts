import { defineConfig } from 'vitest/config'

/**
 * `npm run test:frameworks`: Next.js and Astro, too heavy for `npm ci`, are installed only for this
 * run. It takes about 3 minutes.
 */
export default defineConfig({
  test: {
    name: 'frameworks',
    include: ['test/hosts/frameworks/**/*.test.ts'],
    globalSetup: './test/support/global-setup.ts',
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 10 * 60_000,
  },
})
