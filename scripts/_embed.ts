import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Journal {
  entries: { tag: string; when: number }[]
}

const folder = fileURLToPath(new URL('../drizzle/', import.meta.url))

/**
 * The text of src/store/_migrations.ts, made from drizzle/. Names and hashes are those that
 * Drizzle's migrator uses.
 */
export function embeddedMigrations(): string {
  const journal = JSON.parse(readFileSync(`${folder}meta/_journal.json`, 'utf8')) as Journal
  const migrations = journal.entries.map(({ tag, when }) => {
    const text = readFileSync(`${folder}${tag}.sql`, 'utf8')
    const hash = createHash('sha256').update(text).digest('hex')
    const statements = text
      .split('--> statement-breakpoint')
      .map((part) => part.trim().replaceAll(/\n\t*/g, ' '))
    return `  {
    tag: ${quoted(tag)},
    when: ${when},
    hash: ${quoted(hash)},
    statements: [
${statements.map((statement) => `      ${quoted(statement)},`).join('\n')}
    ],
  },`
  })
  return `// Made from drizzle/ by scripts/embed-migrations.ts: do not edit.

export interface Migration {
  tag: string
  /** Unix ms at which it was generated: Drizzle applies what is newer than the last applied. */
  when: number
  /** SHA-256 of the file, in hex. */
  hash: string
  statements: string[]
}

export const migrations: Migration[] = [
${migrations.join('\n')}
]
`
}

/**
 * Tables of small rows that are read by their key alone: without a rowid they take half the pages.
 */
const WITHOUT_ROWID = ['klaxon_hours', 'klaxon_series']

/**
 * Makes the generated SQL repeatable: it changes nothing where the tables are. Running this twice
 * changes nothing.
 */
export function finishMigrations(): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql'))) {
    const path = `${folder}${file}`
    writeFileSync(path, finished(readFileSync(path, 'utf8')))
  }
}

function finished(text: string): string {
  return text
    .replaceAll(
      /^CREATE (TABLE|INDEX|UNIQUE INDEX) (?!IF NOT EXISTS)/gm,
      'CREATE $1 IF NOT EXISTS ',
    )
    .replaceAll(/^(CREATE TABLE IF NOT EXISTS `(\w+)` \([^;]*\));/gm, (whole, table, name) =>
      WITHOUT_ROWID.includes(name) ? `${table} WITHOUT ROWID;` : whole,
    )
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`
}
