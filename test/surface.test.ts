import { readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'

// A module of workerd. klaxon/durable extends one of its classes.
vi.mock('cloudflare:workers', () => ({ DurableObject: class {} }))

/** Every name that `exports` of package.json reaches. A change of the public surface shows here. */
test('the public surface is this and no more', async () => {
  const { exports } = JSON.parse(await readFile('package.json', 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  const surface: Record<string, string[]> = {}
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue
    const source = target['default']!.replace(/^\.\/dist\/(.*)\.js$/, '../../src/$1.ts')
    const module = (await import(source)) as object
    surface[name] = Object.keys(module).toSorted()
  }
  expect(surface).toMatchSnapshot()
})
