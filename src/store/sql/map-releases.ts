/**
 * The `release` of rows of `klaxon_map_files` that mark a map for the next sweep: its upload has
 * begun, or its last file may be gone. No release has this name, because names are trimmed.
 */
export const MARKER = ' '

/**
 * A common table expression of the releases that have maps. It jumps from one to the next in the
 * index, so it reads one row for each release; `select distinct` would read one for each file.
 * @param when an SQL condition. When it is false, there are no releases
 */
export function releasesTable(when = 'true'): string {
  return `klaxon_map_releases(release) as (
  select case when ${when} then (select min(release) from klaxon_map_files where release > '${MARKER}') end
  union all
  select (select min(f.release) from klaxon_map_files f where f.release > r.release)
  from klaxon_map_releases r where r.release is not null
)`
}
