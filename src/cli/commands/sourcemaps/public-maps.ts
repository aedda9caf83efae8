import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { FoundMap } from '../../../sourcemaps/digest/find-maps.ts'
import { visible } from '../../../util/safe-text.ts'
import type { Context, DatabaseFlags } from '../../command.ts'
import { findWranglerConfig } from '../../database/d1.ts'

/** `assets = { directory = "public" }`, `[assets]`, and the same in JSON. */
const ASSETS =
  /["']?assets["']?\s*\]?\s*[:=]?[^\]}]{0,500}?["']?directory["']?\s*[:=]\s*["']([^"']+)/

/** Warnings for maps that wrangler would serve to everyone. A map contains the source code. */
export function publicMaps(
  files: readonly FoundMap[],
  flags: DatabaseFlags,
  context: Context,
): string[] {
  const config = findWranglerConfig(flags, context)
  const folder = config === undefined ? undefined : assetsFolder(config)
  if (folder === undefined || ignoresMaps(folder)) return []
  return files
    .filter(({ mapFile }) => mapFile.endsWith('.map') && isInside(mapFile, folder))
    .map(
      ({ mapFile }) =>
        `${visible(relative(context.cwd, mapFile))} will be served with your assets: delete it after the upload, or name *.map in .assetsignore`,
    )
}

function assetsFolder(config: string): string | undefined {
  const directory = ASSETS.exec(readFileSync(config, 'utf8'))?.[1]
  return directory === undefined ? undefined : resolve(dirname(config), directory)
}

function ignoresMaps(folder: string): boolean {
  const file = join(folder, '.assetsignore')
  return existsSync(file) && /^(?:\*\*\/)?\*\.map\s*$/m.test(readFileSync(file, 'utf8'))
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way)
}
