/**
 * Part of `npm run db:generate`: makes the SQL in drizzle/ repeatable and copies it into the
 * source, because `migrate(store)` has no file system on Workers.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { embeddedMigrations, finishMigrations } from './_embed.ts'

const target = fileURLToPath(new URL('../src/store/sql/_migrations.ts', import.meta.url))
finishMigrations()
writeFileSync(target, embeddedMigrations())
