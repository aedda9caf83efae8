/**
 * The tables, for your own Drizzle queries. docs/schema.md explains each column.
 *
 * @example
 * const rows = await db.select().from(occurrences).where(eq(occurrences.id, errorId))
 */
export * from './tables/occurrences.ts'
export * from './tables/issues.ts'
export * from './tables/alerts.ts'
export * from './tables/settings.ts'
export * from './tables/maps.ts'
