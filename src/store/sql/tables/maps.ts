import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Source maps. A map belongs to one build of one file. */
export const maps = sqliteTable(
  'klaxon_maps',
  {
    /** The first 128 bits of SHA-256 over its chunks, so that equal builds share one map. */
    id: text().primaryKey(),
    /** 32 lower-case hex digits. */
    debugId: text('debug_id'),
    file: text().notNull(),
    bytes: integer().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('klaxon_maps_debug_id')
      .on(table.debugId)
      .where(sql`debug_id is not null`),
  ],
)

/** The map of each file of a release. */
export const mapFiles = sqliteTable(
  'klaxon_map_files',
  {
    release: text().notNull(),
    /**
     * Path relative to the uploaded folder: `index.js`, `assets/late-B35P.js`. With the release ' '
     * it marks a map for the next sweep.
     */
    file: text().notNull(),
    mapId: text('map_id').notNull(),
    uploadedAt: integer('uploaded_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.release, table.file] }),
    index('klaxon_map_files_map').on(table.mapId),
  ],
)

/**
 * Chunks of a map, with 500 mappings each. A chunk can be read alone. A rowid table, because
 * `WITHOUT ROWID` takes three times the pages.
 */
export const mapChunks = sqliteTable(
  'klaxon_map_chunks',
  {
    mapId: text('map_id').notNull(),
    line: integer().notNull(),
    col: integer().notNull(),
    data: blob().notNull(),
  },
  (table) => [primaryKey({ columns: [table.mapId, table.line, table.col] })],
)

/** Source texts, by their hash. */
export const mapSources = sqliteTable('klaxon_map_sources', {
  hash: text().primaryKey(),
  data: blob().notNull(),
})

/** The sources that each map needs. */
export const mapUses = sqliteTable(
  'klaxon_map_uses',
  { mapId: text('map_id').notNull(), hash: text().notNull() },
  (table) => [
    primaryKey({ columns: [table.mapId, table.hash] }),
    index('klaxon_map_uses_hash').on(table.hash),
  ],
)
