/**
 * `npm run db:migrate` and `npm run db:show`, on LIBSQL_URL or on the local database of `npm
 * start`.
 */
import { type Database, withDatabase } from './_database.ts'
import { Halt } from './_settings.ts'
import { migrate } from '../src/store/sql/migrate.ts'

const commands: Record<string, (store: Database) => Promise<void>> = {
  async migrate(store) {
    await migrate(store)
    process.stdout.write('The klaxon tables are up to date.\n')
  },
  async show(store) {
    const [issues, occurrences] = await Promise.all([
      store.issues({ limit: 10 }),
      store.occurrences({ limit: 20 }),
    ])
    process.stdout.write('Issues, last seen first\n')
    table(
      issues.map((issue) => ({
        lastSeen: time(issue.lastSeen),
        count: issue.count,
        state: issue.state,
        title: short(issue.title, 60),
      })),
    )
    process.stdout.write('\nOccurrences, newest first\n')
    table(
      occurrences.map((row) => ({
        occurredAt: time(row.occurredAt),
        status: row.status,
        request: short(`${row.method} ${row.path}`, 40),
        error: short(row.errorMessage ?? '', 40),
        id: row.id,
      })),
    )
  },
}

try {
  const command = commands[process.argv[2] ?? '']
  if (!command) throw new Halt(`Use: node scripts/db.ts ${Object.keys(commands).join(' | ')}`)
  await withDatabase(command)
} catch (error) {
  process.stderr.write(`${error instanceof Halt ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function table(rows: Record<string, unknown>[]): void {
  if (rows.length > 0) console.table(rows)
  else process.stdout.write('  none\n')
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

function short(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
