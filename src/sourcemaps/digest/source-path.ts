import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MapSource } from './raw-map.ts'

const WINDOWS = /^[a-z]:\//i
/** Path segments that are kept of a path outside the project. */
const MAX_FOREIGN_SEGMENTS = 2

/**
 * Makes the paths of sources: from the project's folder, or from `node_modules/` on. They are
 * never absolute, because absolute paths contain names of people and machines.
 * @param mapFile the file of the map. Its sources are relative to it
 * @param root the project's folder
 */
export function sourcePaths(mapFile: string, root: string): (source: MapSource) => string {
  return (source) => {
    const name = plainName(source.name ?? '')
    const modules = name.lastIndexOf('node_modules/')
    if (modules >= 0) return name.slice(modules)
    if (name === '' || hasScheme(name) || name.includes('\0')) return name
    if (WINDOWS.test(name) && !isAbsolute(name)) return lastParts(name)
    const there = candidates(source, { mapFile, root, name })
    return fromRoot(there.find((path) => existsSync(path)) ?? there[0]!, root)
  }
}

/** Bytes of a source. */
const MAX_SOURCE_BYTES = 8_000_000
/** File names of sources. A map may name any file. */
const SOURCE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx?)$/i

/**
 * Reads a source's text from a file inside the project, when the map does not contain it; null
 * when there is none.
 */
export function readSource(source: MapSource, mapFile: string, root: string): string | null {
  const name = plainName(source.name ?? '')
  if (!SOURCE.test(name) || hasScheme(name) || name.includes('\0')) return null
  const there = candidates(source, { mapFile, root, name }).find((path) => existsSync(path))
  return there === undefined ? null : readInside(there, root)
}

/**
 * Reads a source file of the project; null when it is outside (links count) or too long for a
 * source.
 */
export function readInside(path: string, root: string): string | null {
  if (!SOURCE.test(path) || !existsSync(path)) return null
  const real = realpathSync(path)
  const file = statSync(real)
  if (!file.isFile() || file.size > MAX_SOURCE_BYTES || !isInside(real, realpathSync(root)))
    return null
  return readFileSync(real, 'utf8')
}

/** The path from the project's folder; null for a path outside it. */
export function insideOf(path: string, root: string): string | null {
  return isInside(path, root) ? relative(root, path).replaceAll('\\', '/') : null
}

/** Bundlers that write sources from the project's folder: `webpack://app/./src/x.ts`. */
const FROM_PROJECT = /^(?:webpack|turbopack|rspack|ng)(?:-internal)?:\/\/[^/]*\/(?:\[project\]\/)?/i

/**
 * The possible paths of a source. wrangler writes its output folder into `sourceRoot` although
 * `sources` are relative to the map, so the path that exists counts, else the one without
 * `sourceRoot`.
 */
function candidates(
  source: MapSource,
  { mapFile, root, name }: { mapFile: string; root: string; name: string },
): string[] {
  if (FROM_PROJECT.test(source.name ?? '')) return [resolve(root, name)]
  const folder = dirname(mapFile)
  const withRoot = resolve(folder, plainName(source.sourceRoot), name)
  const paths = [resolve(folder, name), withRoot, resolve(root, name)]
  const decoded = decodeName(name)
  return decoded === name ? paths : [...paths, resolve(folder, decoded), resolve(root, decoded)]
}

function plainName(name: string): string {
  if (/^file:\/\//i.test(name)) return pathOfUrl(name)
  return name
    .replaceAll('\\', '/')
    .replace(FROM_PROJECT, '')
    .replace(/[?#][^/]*$/, '')
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url).replaceAll('\\', '/')
  } catch {
    // `file://host/x`, or a path of Windows on another system.
    return url.replace(/^file:\/\/[^/]*\//i, '')
  }
}

function decodeName(name: string): string {
  try {
    return decodeURI(name)
  } catch {
    // The percent sign encodes nothing: it is part of the name.
    return name
  }
}

/** Whether a name has a scheme: two letters or more. A single letter is a drive of Windows. */
function hasScheme(name: string): boolean {
  return /^[a-z][\w+.-]+:/i.test(name)
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path)
  return way !== '' && !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way)
}

function fromRoot(path: string, root: string): string {
  const way = relative(root, path).replaceAll('\\', '/')
  const up = /^(?:\.\.\/)*/.exec(way)![0].length / 3
  const depth = resolve(root)
    .split(/[/\\]/)
    .filter((part) => part !== '').length
  // The path shares nothing with the project but the file system's root, or is on another drive.
  const isForeign = up >= depth || isAbsolute(way) || WINDOWS.test(way)
  return isForeign ? lastParts(way) : way
}

function lastParts(path: string): string {
  const parts = path.split('/').filter((part) => part !== '..' && part !== '')
  return parts.slice(-MAX_FOREIGN_SEGMENTS).join('/')
}
