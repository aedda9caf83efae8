/** Writes src/store/_migrations.ts from drizzle/: `migrate(store)` has no file system on Workers. Run after db:generate. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { embeddedMigrations } from './_embed.ts'

const target = fileURLToPath(new URL('../src/store/_migrations.ts', import.meta.url))
writeFileSync(target, embeddedMigrations())
