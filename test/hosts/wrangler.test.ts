import { behaves } from '../suites/behaviour.ts'
import { wranglerHost } from '../support/wrangler-host.ts'

behaves('a WorkerEntrypoint class under wrangler dev, a process of its own, sqld', () =>
  wranglerHost('dev examples/entrypoint.ts'),
)

behaves("a Durable Object's fetch under wrangler dev, a process of its own, sqld", () =>
  wranglerHost('dev -c examples/durable-object.toml'),
)

behaves('Pages Functions under wrangler pages dev, a process of its own, sqld', () =>
  wranglerHost('pages dev', 'examples/pages'),
)

behaves('a Hono app as a Pages Function, a process of its own, sqld', () =>
  wranglerHost('pages dev', 'test/support/fixtures/pages-hono'),
)
