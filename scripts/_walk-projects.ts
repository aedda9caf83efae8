export interface WalkProject {
  name: string
  files: Record<string, string>
  /** What `npm install` gets before the walk: the project that a person has already. */
  packages: readonly string[]
  /** The command that a person starts it by. */
  start: readonly string[]
}

const APP = `import { Hono } from 'hono'

const app = new Hono()

app.get('/', (c) => c.text('Hello!'))
app.get('/api/boom', () => {
  throw new Error('Payment failed')
})
`

const PACKAGE = '{ "name": "shop", "private": true, "type": "module" }\n'

/** A Worker of ten lines, and the same app on Node and Bun. */
export const WALK_PROJECTS: readonly WalkProject[] = [
  {
    name: 'worker',
    files: {
      'package.json': PACKAGE,
      'wrangler.jsonc':
        '{\n  "name": "shop",\n  "main": "src/index.ts",\n  "compatibility_date": "2026-08-01"\n}\n',
      'src/index.ts': `${APP}\nexport default app\n`,
    },
    packages: ['hono', 'wrangler'],
    start: ['npx', 'wrangler', 'dev', '--port'],
  },
  {
    name: 'node',
    files: {
      'package.json': PACKAGE,
      'server.js': `import { serve } from '@hono/node-server'\n${APP}\nserve({ fetch: app.fetch, port: Number(process.env.PORT) })\n`,
    },
    packages: ['hono', '@hono/node-server'],
    start: ['node', 'server.js'],
  },
  {
    name: 'bun',
    files: {
      'package.json': PACKAGE.replace(' }', ', "scripts": { "start": "bun server.ts" } }'),
      'server.ts': `${APP}\nexport default app\n`,
    },
    packages: ['hono'],
    start: ['bun', 'server.ts'],
  },
]
