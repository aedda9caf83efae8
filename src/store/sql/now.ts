/**
 * The database's time in Unix ms, as SQL. `unixepoch('subsec')` needs SQLite 3.42, which some hosts
 * lack.
 */
export const NOW_TEXT = `cast(round((julianday('now') - 2440587.5) * 86400000) as integer)`
