import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Journal {
  entries: { tag: string; when: number }[]
}

const folder = fileURLToPath(new URL('../drizzle/', import.meta.url))

/** The text of src/store/_migrations.ts, made from drizzle/. Names and hashes are those that Drizzle's migrator uses. */
export function embeddedMigrations(): string {
  const journal = JSON.parse(readFileSync(`${folder}meta/_journal.json`, 'utf8')) as Journal
  const migrations = journal.entries.map(({ tag, when }) => {
    const text = readFileSync(`${folder}${tag}.sql`, 'utf8')
    const hash = createHash('sha256').update(text).digest('hex')
    const statements = text.split('--> statement-breakpoint').map((part) => repeatable(part.trim()))
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

/** For those who ran the file by hand and call `migrate(store)` later: what is there stays. */
function repeatable(statement: string): string {
  return statement
    .replaceAll(/\n\t*/g, ' ')
    .replace(/^CREATE (TABLE|INDEX|UNIQUE INDEX) /, 'CREATE $1 IF NOT EXISTS ')
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`
}
