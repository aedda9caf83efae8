import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place, SourceMapReader } from '../reader.ts'
import { type Digest, digest } from './digest.ts'
import { mapOf } from './find-maps.ts'
import { chunkAt, packedTexts } from './memory-reader.ts'
import { MapError } from './raw-map.ts'
import { insideOf, readInside, readSource, sourcePaths } from './source-path.ts'

/** The folder of klaxon's own modules. It lies in no `node_modules` when klaxon is linked. */
const KLAXON_FOLDER = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Reads maps beside scripts of this machine, such as those of `wrangler dev` and of a Node server.
 * Other maps are requested from `next`.
 * @param root the project's folder. Strangers may write frames, so no file outside it is opened
 */
export function localReader(root: string, next: SourceMapReader | null): SourceMapReader {
  const digests = new Map<string, Digest | null>()
  const ofScript = (path: string): Digest | null => {
    const known = digests.get(path)
    if (known !== undefined) return known
    const made = digestOf(path, root)
    digests.set(path, made)
    return made
  }
  return {
    async chunks(places) {
      const rows = places.map((place) => {
        const path = localFile(place, root)
        const made = path === null ? null : ofScript(path)
        return made && chunkAt(made, place, 'local file')
      })
      const rest = places.flatMap((place, i) => (rows[i] ? [] : [{ place, i }]))
      if (next === null || rest.length === 0) return rows
      const others = await next.chunks(rest.map(({ place }) => place))
      rest.forEach(({ i }, n) => (rows[i] = others[n] ?? null))
      return rows
    },
    async sources(hashes) {
      const own = packedTexts(
        hashes,
        [...digests.values()].filter((one) => one !== null),
      )
      const rest = hashes.filter((hash) => !own.has(hash))
      if (next === null || rest.length === 0) return own
      return new Map([...own, ...(await next.sources(rest))])
    },
    file(place) {
      const path = localFile(place, root)
      const text = path === null ? null : readInside(path, root)
      if (path === null || text === null) return null
      return { path: insideOf(path, root)!, text, isKlaxons: path.startsWith(KLAXON_FOLDER) }
    },
    ...(next?.releases ? { releases: () => next.releases!() } : {}),
  }
}

/**
 * The path of a frame's file on this machine, if it has not changed since the frame was recorded.
 */
function localFile(place: Pick<Place, 'file' | 'occurredAt'>, root: string): string | null {
  const path = localPath(place.file)
  if (path === null || insideOf(path, root) === null) return null
  const file = statSync(path, { throwIfNoEntry: false })
  // A newer file has an answer too, but a wrong one.
  const isNewer = place.occurredAt !== null && file !== undefined && file.mtimeMs > place.occurredAt
  return file?.isFile() && !isNewer ? path : null
}

/** A frame's file as a local path. Opening `\\host\share` would tell that host who looks. */
function localPath(file: string): string | null {
  if (/^file:\/\/\//i.test(file)) {
    try {
      return fileURLToPath(file.replace(/[?#].*$/s, ''))
    } catch {
      // A path that this system cannot have.
      return null
    }
  }
  return isAbsolute(file) && !/^[\\/]{2}/.test(file) ? file : null
}

function digestOf(script: string, root: string): Digest | null {
  try {
    const [found] = mapOf(script, root)
    if (!found) return null
    return digest(found.read(), {
      path: sourcePaths(found.mapFile, root),
      text: (_path, source) => readSource(source, found.mapFile, root),
    })
  } catch (error) {
    if (error instanceof MapError) return null
    throw error
  }
}
