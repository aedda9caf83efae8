import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** ms after which a test hangs. No test claims to be faster: a machine may be ten times slower. */
const HANG_MS = 60_000

export default defineConfig({
  test: {
    silent: 'passed-only',
    // The default is one worker fewer than cores: on two cores, files would run one after another.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/hosts/{workerd,frameworks}/**', 'test/outbox/soak.test.ts'],
          globalSetup: './test/support/global-setup.ts',
          testTimeout: HANG_MS,
          hookTimeout: HANG_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            main: './examples/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                LIBSQL_URL: inject('sqldUrl'),
                SLACK_WEBHOOK_URL: `${inject('slackUrl')}/hook`,
              },
            },
          })),
        ],
        test: {
          name: 'workers',
          include: ['test/hosts/workerd/**/*.test.ts'],
          globalSetup: './test/support/global-setup.ts',
          // Files share one sqld: in turn, each sees only its own rows.
          fileParallelism: false,
          testTimeout: HANG_MS,
          hookTimeout: HANG_MS,
        },
      },
    ],
  },
})
