import { parseArgs } from 'node:util'
import { type Command, type Database, DATABASE_HELP, DATABASE_OPTIONS, EXIT } from '../command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'make the klaxon tables, or bring them up to date',
  help: `klaxon migrate [--dry-run]

Makes the klaxon tables, or brings them up to date. Repeating it changes nothing.

  --dry-run          print the SQL that would run, and run nothing
${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: { ...DATABASE_OPTIONS, 'dry-run': { type: 'boolean' } },
    })
    const { migrate } = await import('../../store/sql/migrate.ts')
    const database = await context.openDatabase(values, { creates: true })
    try {
      if (values['dry-run'] === true) {
        const pending = await pendingIn(database)
        for (const { tag, statements } of pending)
          context.stdout(`-- ${tag}\n${statements.join('\n')}\n`)
        context.stderr(`${pending.length} to apply to ${database.name}\n`)
        return EXIT.done
      }
      const applied = await migrate(database.store)
      for (const tag of applied) context.stdout(`${tag}\n`)
      context.stderr(
        applied.length === 0
          ? `The klaxon tables in ${database.name} are up to date.\n`
          : `Applied ${applied.length} to ${database.name}.\n`,
      )
      return EXIT.done
    } finally {
      await database.close()
    }
  },
}

/** Looks at the tables. A file that is not there is not made. */
async function pendingIn({ store, isMissing }: Database) {
  if (isMissing === true) return (await import('../../store/sql/_migrations.ts')).migrations
  const { pendingMigrations } = await import('../../store/sql/migrate.ts')
  return (await pendingMigrations(store)).pending
}
