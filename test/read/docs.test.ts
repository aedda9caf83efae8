import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { QUERY_KEYS } from '../../src/read/query/keys.ts'
import { parseQuery } from '../../src/read/query/parse.ts'
import { createReader } from '../../src/read/reader.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import * as schema from '../../src/store/sql/schema.ts'
import { runCli } from '../support/cli.ts'
import { anOccurrence, NOON } from '../support/store-fixtures.ts'
import { seeded } from './_seed.ts'

const page = (name: string) =>
  readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8')

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(
    ([, body]) => body!,
  )
}

const store = libsql({ url: ':memory:' })
beforeAll(async () => {
  await migrate(store)
  const id = '019ab2c4-7d1e-7c3a-9d55-3f1b7a9c2e10'
  const fingerprint = `v1:8a4c1f${'0'.repeat(26)}`
  await seeded(store, [
    anOccurrence({ id, fingerprint, release: '1.4.2', userId: '42', occurredAt: NOON }),
  ])
})

describe('docs/queries.md', () => {
  it('has every key, and examples that can be read', async () => {
    const words = [...page('queries').matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!)
    const examples = words.filter((word) => /^-?(?:[a-z]+:\S|")/.test(word))
    for (const example of examples) expect(() => parseQuery(example), example).not.toThrow()
    for (const { name } of QUERY_KEYS)
      expect(
        examples.some((example) => example.startsWith(`${name}:`)),
        name,
      ).toBe(true)
    const list = createReader(store, { now: () => NOON })
    for (const example of examples) await list.list(example)
  })
})

describe('docs/cli.md', () => {
  const lines = [page('cli'), page('queries')].flatMap((text) =>
    blocks(text, 'console').flatMap((block) => block.trim().split('\n')),
  )

  it.each(lines)('%s', async (line) => {
    const args = [...line.replace(/^\$ klaxon /, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      ([, double, single, plain]) => double ?? single ?? plain!,
    )
    expect(Object.keys(commands)).toContain(args[0])
    // They run until Ctrl-C.
    const isEndless = args[0] === 'tail' || args[0] === 'dash'
    const signal = isEndless ? AbortSignal.timeout(300) : new AbortController().signal
    const { code, stderr } = await runCli(args, { store, signal })
    // The second `forget` finds no user, and a resolved issue cannot be muted. Both exit codes are
    // correct.
    expect([0, 3, 10, 130], stderr).toContain(code)
  })
})

describe('docs/schema.md', () => {
  it('names every table', () => {
    const text = page('schema')
    for (const table of Object.values(schema)) {
      const name = (table as unknown as Record<symbol, string>)[Symbol.for('drizzle:Name')]
      if (name !== undefined) expect(text).toContain(`\`${name}\``)
    }
  })

  it.each(blocks(page('schema'), 'sql'))('has SQL that runs: %s', async (sql) => {
    await expect(driverOf(store)!.batch([{ sql, params: [] }], 'read')).resolves.toHaveLength(1)
  })
})
