import { parseArgs } from 'node:util'
import { MARKER } from '../../../store/sql/map-releases.ts'
import { visible } from '../../../util/safe-text.ts'
import { type Context, EXIT } from '../../command.ts'
import { batchOf, MAPS_OPTIONS, openMaps } from './options.ts'

const RELEASES_WITH_MAPS = `select release, count(*) as files, max(uploaded_at) as uploaded_at
from klaxon_map_files where release <> ? group by release order by max(uploaded_at) desc`

/** `klaxon sourcemaps list` */
export async function list(args: string[], context: Context): Promise<number> {
  const { values } = parseArgs({ args, options: { ...MAPS_OPTIONS, json: { type: 'boolean' } } })
  const database = await openMaps(values, context)
  try {
    const [result] = await batchOf(database).batch(
      [{ sql: RELEASES_WITH_MAPS, params: [MARKER] }],
      'read',
    )
    const releases = (result?.rows ?? []).map((row) => ({
      release: String(row['release']),
      files: Number(row['files']),
      uploadedAt: new Date(Number(row['uploaded_at'])).toISOString(),
    }))
    if (values.json === true) context.stdout(`${JSON.stringify(releases, null, 2)}\n`)
    else
      for (const { release, files, uploadedAt } of releases)
        context.stdout(`${visible(release)}\t${files}\t${uploadedAt}\n`)
    if (releases.length === 0) context.stderr(`no maps are uploaded to ${database.name}\n`)
    return EXIT.done
  } finally {
    await database.close()
  }
}
