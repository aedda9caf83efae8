import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'turso',
  schema: './src/store/sql/schema.ts',
  out: './drizzle',
  // not Drizzle's own table: an application that keeps its tables in the same database has that one
  migrations: { table: 'klaxon_migrations' },
})
