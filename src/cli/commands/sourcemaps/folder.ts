import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { digest, type Digest } from '../../../sourcemaps/digest/digest.ts'
import { findMaps, type FoundMap } from '../../../sourcemaps/digest/find-maps.ts'
import { MapError } from '../../../sourcemaps/digest/raw-map.ts'
import { readSource, sourcePaths } from '../../../sourcemaps/digest/source-path.ts'
import { CommandError, type Context, EXIT } from '../../command.ts'

/** A script with a map in one of the folders. */
export interface BuiltFile extends FoundMap {
  /** @throws CommandError that names the map, when it is unusable */
  digest(): Digest
}

export interface FolderOptions {
  /** The project's folder. */
  root: string
  /** Whether source texts are kept. */
  texts: boolean
}

/**
 * The scripts with maps of the folders.
 * @throws CommandError for a missing folder, and for two scripts with one name
 */
export function builtFiles(
  folders: readonly string[],
  { root, texts }: FolderOptions,
  { cwd }: Context,
): BuiltFile[] {
  if (folders.length === 0) throw new CommandError('name the folder of the build', EXIT.usage)
  const files = folders.flatMap((folder) => {
    const path = resolve(cwd, folder)
    if (!existsSync(path)) throw new CommandError(`there is no folder ${folder}`, EXIT.usage)
    return findMaps(path)
  })
  const names = new Set<string>()
  for (const { file } of files) {
    if (names.has(file))
      throw new CommandError(`two scripts are called ${file}: upload one folder above them`)
    names.add(file)
  }
  return files.map((found) => ({ ...found, digest: () => digestOf(found, { root, texts }) }))
}

function digestOf(found: FoundMap, { root, texts }: FolderOptions): Digest {
  const { file, mapFile } = found
  try {
    return digest(found.read(), {
      texts,
      path: sourcePaths(mapFile, root),
      text: (_path, source) => readSource(source, mapFile, root),
    })
  } catch (error) {
    if (error instanceof MapError) throw new CommandError(`the map of ${file} ${error.message}`)
    throw error
  }
}

/** The app's sources without a text to show. */
export function withoutText({ sources }: Digest): string[] {
  return sources.filter(({ inApp, hash }) => inApp && hash === null).map(({ path }) => path)
}
