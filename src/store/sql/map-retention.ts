import type { SqlStatement } from './driver.ts'
import { MARKER, releasesTable } from './map-releases.ts'
import { NOW_TEXT } from './now.ts'

/** ms that the maps of a release stay after its upload: 90 days. */
const KEEP_RELEASE_MS = 90 * 86_400_000
/** Newest releases that keep their maps at any age. */
const NEWEST_RELEASES = 10
/** ms after which an unfinished upload counts as cut: a day. */
const UPLOAD_CUT_MS = 86_400_000
/** Rows of each table that one call deletes. */
const MAX_DELETED_ROWS = 1_000
/** Maps that one call sweeps. */
const MAX_SWEPT_MAPS = 100
/** The `file` of a marker row. It keeps the time at which old releases were last looked for. */
const LOOKED = 'looked'

const IS_DUE = `release = '${MARKER}' and file <> '${LOOKED}' and uploaded_at < ${NOW_TEXT} - ${UPLOAD_CUT_MS}`
const WAS_LOOKED = `exists (select 1 from klaxon_map_files l
  where l.release = '${MARKER}' and l.file = '${LOOKED}' and l.uploaded_at > ${NOW_TEXT} - ${UPLOAD_CUT_MS})`

/** Marked maps that no file of a release uses. */
const UNUSED_MAPS = `select q.map_id from klaxon_map_files q
  where q.release = '${MARKER}' and q.file <> '${LOOKED}' and q.uploaded_at < ${NOW_TEXT} - ${UPLOAD_CUT_MS}
    and not exists (select 1 from klaxon_map_files f where f.map_id = q.map_id and f.release <> '${MARKER}')
  order by q.file limit ${MAX_SWEPT_MAPS}`

/**
 * Releases older than 90 days, except the 10 newest and those in which an issue was first or last
 * seen. Looked for once a day, because it reads all issues.
 */
const RELEASES_TABLE = releasesTable(`not ${WAS_LOOKED}`)
const OLD_RELEASES = `select o.release from (
    select r.release, (select f.uploaded_at from klaxon_map_files f where f.release = r.release limit 1) as at
    from klaxon_map_releases r where r.release is not null
    order by at desc limit -1 offset ${NEWEST_RELEASES}
  ) o where o.at < ${NOW_TEXT} - ${KEEP_RELEASE_MS}
    and o.release not in (select i.first_release from klaxon_issues i where i.first_release is not null)
    and o.release not in (select i.last_release from klaxon_issues i where i.last_release is not null)`

const OLD_FILES = `select f.release, f.file from klaxon_map_files f where f.release in (${OLD_RELEASES})
  order by f.release, f.file limit ${MAX_DELETED_ROWS}`

/** Returns a row when retention has something to do. It reads a few rows. */
export const IS_MAP_RETENTION_DUE = `select 1 as due where exists (select 1 from klaxon_map_files where ${IS_DUE})
  or (not ${WAS_LOOKED} and exists (select 1 from klaxon_map_files where release > '${MARKER}'))`

/**
 * Applies retention to source maps in one transaction, at most 1,000 rows of each table. The next
 * call continues.
 */
export function retentionStatements(): SqlStatement[] {
  return [
    ...dropFiles(`with recursive ${RELEASES_TABLE}`, OLD_FILES, []),
    {
      // No old release is left. The next look is a day later.
      sql: `insert into klaxon_map_files (release, file, map_id, uploaded_at)
select '${MARKER}', '${LOOKED}', '', ${NOW_TEXT} where not exists (with recursive ${RELEASES_TABLE} ${OLD_RELEASES})
on conflict (release, file) do update set uploaded_at = excluded.uploaded_at
where excluded.uploaded_at - klaxon_map_files.uploaded_at > ${UPLOAD_CUT_MS}`,
      params: [],
    },
    ...sweepStatements(),
  ]
}

/** Deletes a release's files at once. The next sweeps delete maps that no other release needs. */
export function deleteReleaseStatements(release: string): SqlStatement[] {
  const files = `select f.release, f.file from klaxon_map_files f where f.release = ? limit ${MAX_DELETED_ROWS}`
  return [...dropFiles('', files, [release]), ...sweepStatements()]
}

/** Deletes files, and marks their maps for the next sweep. */
function dropFiles(ctes: string, files: string, params: string[]): SqlStatement[] {
  return [
    {
      sql: `${ctes} insert into klaxon_map_files (release, file, map_id, uploaded_at)
select distinct '${MARKER}', d.map_id, d.map_id, 0 from klaxon_map_files d where (d.release, d.file) in (${files})
on conflict (release, file) do nothing`,
      params,
    },
    {
      sql: `${ctes} delete from klaxon_map_files where (release, file) in (${files})`,
      params,
    },
  ]
}

/**
 * Deletes maps that no release uses. The map's row goes first, so that half a map is never read.
 * Its mark goes last, so that the next call continues.
 */
function sweepStatements(): SqlStatement[] {
  const statements = [
    // A release uses the map again.
    `delete from klaxon_map_files where ${IS_DUE} and exists (
  select 1 from klaxon_map_files f where f.map_id = klaxon_map_files.map_id and f.release <> '${MARKER}')`,
    `delete from klaxon_maps where id in (${UNUSED_MAPS})`,
    `delete from klaxon_map_sources where hash in (
  select u.hash from klaxon_map_uses u where u.map_id in (${UNUSED_MAPS}) and not exists (
    select 1 from klaxon_map_uses o where o.hash = u.hash and o.map_id not in (${UNUSED_MAPS}))
  order by u.map_id, u.hash limit ${MAX_DELETED_ROWS})`,
    `delete from klaxon_map_uses where (map_id, hash) in (
  select u.map_id, u.hash from klaxon_map_uses u where u.map_id in (${UNUSED_MAPS})
  order by u.map_id, u.hash limit ${MAX_DELETED_ROWS})`,
    `delete from klaxon_map_chunks where rowid in (
  select c.rowid from klaxon_map_chunks c where c.map_id in (${UNUSED_MAPS}) limit ${MAX_DELETED_ROWS})`,
    `delete from klaxon_map_files where ${IS_DUE} and map_id in (${UNUSED_MAPS})
  and not exists (select 1 from klaxon_map_chunks c where c.map_id = klaxon_map_files.map_id)
  and not exists (select 1 from klaxon_map_uses u where u.map_id = klaxon_map_files.map_id)`,
  ]
  return statements.map((sql) => ({ sql, params: [] }))
}

/** One row, `remains`: whether another call has something to delete. */
export function remainsStatement(release: string | null): SqlStatement {
  const files = `exists (select 1 from klaxon_map_files where release = ?)`
  return { sql: `select ${files} or exists (${UNUSED_MAPS}) as remains`, params: [release] }
}
