import { behaves } from '../_behaviour.ts'
import { pagesHost } from '../_pages-host.ts'

behaves('Pages Functions under wrangler pages dev, a process of its own, sqld', () =>
  pagesHost('examples/pages'),
)

behaves('a Hono app as a Pages Function, a process of its own, sqld', () =>
  pagesHost('test/fixtures/pages-hono'),
)
