import { describe, expect, test } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import type { Health } from '../../src/read/types.ts'
import { memory } from '../../src/store/memory/memory.ts'
import type { Store } from '../../src/model/store.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { migrations } from '../../src/store/sql/_migrations.ts'
import { migrate, sqlite } from '../../src/store/sqlite/sqlite.ts'
import { runCli } from '../support/cli.ts'

const { tag, when } = migrations.at(-1)!

async function health(store: Store) {
  const app = dashboard({ store, path: '', auth: { by: () => ({ name: 'ada' }) } })
  const json = await app.request('/health', { headers: { accept: 'application/json' } })
  const { schema } = (await json.json()) as Health
  const html = await (await app.request('/health')).text()
  const cli = (await runCli(['health'], { store, answer: true })).stdout
  return {
    schema,
    alert: /<div class="flash bad" role="status">(.*?)<\/div>/.exec(html)?.[1],
    row: /<dt>Tables<\/dt><dd>(.*?)<\/dd>/.exec(html)?.[1],
    cli: /^tables +(.*)$/m.exec(cli)?.[1],
  }
}

describe('the version of the tables', () => {
  test.each<[string, string[], Health['schema'], string]>([
    [
      'is that of this klaxon',
      [],
      { database: tag, code: tag, state: 'current' },
      `${tag}, as this klaxon expects`,
    ],
    [
      'is older',
      [`update klaxon_migrations set created_at = ${when - 1}`],
      { database: null, code: tag, state: 'older' },
      `unknown, and this klaxon expects ${tag}: run \`npx klaxon migrate\``,
    ],
    [
      'is newer',
      [`insert into klaxon_migrations (hash, created_at) values ('x', ${when + 1})`],
      { database: null, code: tag, state: 'newer' },
      `newer than ${tag}, which this klaxon expects: update klaxon`,
    ],
    [
      'is not recorded',
      ['drop table klaxon_migrations'],
      { database: null, code: tag, state: 'unrecorded' },
      'their version is not recorded: `npx klaxon migrate` records it',
    ],
    [
      'is not recorded in a record that is empty',
      ['delete from klaxon_migrations'],
      { database: null, code: tag, state: 'unrecorded' },
      'their version is not recorded: `npx klaxon migrate` records it',
    ],
  ])('%s, and page, JSON and command line say so', async (_which, changes, schema, words) => {
    const store = sqlite({ path: ':memory:' })
    await migrate(store)
    const driver = driverOf(store)!
    for (const sql of changes) await driver.batch([{ sql, params: [] }], 'write')
    const said = await health(store)
    expect(said).toEqual({
      schema,
      row: words,
      alert: ['older', 'newer'].includes(schema!.state) ? `The tables are ${words}.` : undefined,
      cli: words,
    })
    // Looking makes no table.
    const tables = 'select count(*) n from sqlite_master where name = ?'
    const [found] = await driver.batch([{ sql: tables, params: ['klaxon_migrations'] }], 'read')
    expect(found!.rows[0]!['n']).toBe(changes[0]?.startsWith('drop') === true ? 0 : 1)
  })

  test('of tables that the SQL of drizzle/ made is recorded by migrate', async () => {
    const store = sqlite({ path: ':memory:', migrate: false })
    const statements = migrations.flatMap((migration) => migration.statements)
    await driverOf(store)!.batch(
      statements.map((sql) => ({ sql, params: [] })),
      'write',
    )
    expect((await health(store)).schema).toMatchObject({ state: 'unrecorded' })
    await migrate(store)
    expect((await health(store)).schema).toMatchObject({ state: 'current' })
  })

  test('is no question for a store without tables', async () => {
    expect(await health(memory())).toMatchObject({ schema: null, row: undefined, cli: undefined })
  })
})
