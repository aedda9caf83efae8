import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { plainDebugId } from '../debug-id.ts'
import { MapError, type ParsedMap, parseMap } from './raw-map.ts'

/** A script of a build, and the place of its source map. */
export interface FoundMap {
  /** Relative to the folder that was searched: `assets/late-B35P.js`. */
  file: string
  /** Bytes of the script. */
  bytes: number
  /** The file of the map, or the script itself for an inline map. */
  mapFile: string
  /** Whether the map lies beside the script, which does not name it. */
  isHidden: boolean
  /** @throws MapError */
  read(): ParsedMap
}

/** Bytes of a map's JSON at most: about those of a bundle of 30 MB. */
const MAX_MAP_BYTES = 100_000_000
const SCRIPT_FILE = /\.[cm]?js$/
/** Either kind of comment counts, by ECMA-426. */
const MAP_COMMENT = /\/[/*][#@] ?sourceMappingURL=(\S+?)\s*(?:\*\/\s*)?$/m
/**
 * Characters at the end of a script that are searched for a debug id. The proposal wants it in the
 * last five lines.
 */
const TAIL_LENGTH = 4_096

/**
 * Finds the scripts below a folder that have a source map, or the one script of a path. It skips
 * `node_modules`, and links, which may lead in a circle.
 */
export function findMaps(path: string): FoundMap[] {
  if (statSync(path).isFile()) return mapOf(path, dirname(path))
  const found = scriptsOf(path).flatMap((script) => mapOf(script, path))
  return found.toSorted((a, b) => (a.file < b.file ? -1 : 1))
}

/** `readdir` by itself would follow links. */
function scriptsOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : scriptsOf(path)
    return entry.isFile() && SCRIPT_FILE.test(entry.name) ? [path] : []
  })
}

/** The map of one script, or nothing. */
export function mapOf(script: string, folder: string): FoundMap[] {
  const code = readFileSync(script, 'utf8')
  const url = lastUrl(code)
  const debugId = plainDebugId(/\/\/# debugId=([\da-f-]+)/i.exec(code.slice(-TAIL_LENGTH))?.[1])
  const base = {
    file: relative(folder, script).replaceAll('\\', '/'),
    bytes: Buffer.byteLength(code),
  }
  const finish = (text: string): ParsedMap => {
    const map = parseMap(text)
    return { ...map, debugId: debugId ?? map.debugId }
  }
  if (url?.startsWith('data:'))
    return [{ ...base, mapFile: script, isHidden: false, read: () => finish(dataOf(url)) }]
  const named = url === undefined ? undefined : namedFile(url, script, folder)
  const beside = `${script}.map`
  const mapFile = [named, beside].find((file) => file !== undefined && isFile(file))
  if (mapFile === undefined) return []
  return [{ ...base, mapFile, isHidden: url === undefined, read: () => finish(readMap(mapFile)) }]
}

/** The last comment counts, because a bundle may contain comments of its parts. */
function lastUrl(code: string): string | undefined {
  const at = code.lastIndexOf('sourceMappingURL=')
  return at < 0 ? undefined : MAP_COMMENT.exec(code.slice(Math.max(0, at - 5)))?.[1]
}

/**
 * The file that a comment names; none for an address on the web. A leading slash means the served
 * folder.
 */
function namedFile(url: string, script: string, folder: string): string | undefined {
  if (/^[a-z][\w+.-]+:/i.test(url) || url.startsWith('//')) return undefined
  const path = decoded(url.replace(/[?#].*$/, ''))
  return path.startsWith('/') ? join(folder, path) : resolve(dirname(script), path)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // The percent sign encodes nothing: it is part of the name.
    return path
  }
}

function readMap(file: string): string {
  if (statSync(file).size > MAX_MAP_BYTES) throw new MapError(`is over ${MAX_MAP_BYTES / 1e6} MB`)
  return readFileSync(file, 'utf8')
}

function dataOf(url: string): string {
  const comma = url.indexOf(',')
  const body = url.slice(comma + 1)
  if (comma < 0 || body.length > MAX_MAP_BYTES) throw new MapError('is not JSON')
  return /;base64$/i.test(url.slice(0, comma))
    ? Buffer.from(body, 'base64').toString('utf8')
    : decoded(body)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
