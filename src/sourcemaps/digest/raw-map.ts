import { plainDebugId } from '../debug-id.ts'
import { readMappings, type VisitSegment } from '../mappings.ts'

/** Tells why a source map is unusable. The message is a clause that follows the file's name. */
export class MapError extends Error {
  override readonly name = 'MapError'
}

export interface MapSource {
  /** The name in the map, without `sourceRoot`; null when it has none. */
  name: string | null
  sourceRoot: string
  content: string | null
  /** Whether the map's `ignoreList` has it. */
  ignored: boolean
}

/**
 * Numbers of a segment: column, source (-1: none), original line, original column, name (-1: none).
 */
export const STRIDE = 5

/**
 * Takes a line with its segments.
 * @param segments `STRIDE` numbers per segment, in the order of their columns
 */
export type VisitLine = (line: number, segments: readonly number[]) => void

/** A source map that was read and checked. The sections of an index map are joined. */
export interface ParsedMap {
  debugId: string | null
  sources: MapSource[]
  names: string[]
  /**
   * Visits the lines that have segments, in order. A map is never decoded whole, because 23 MB
   * would become 150 MB.
   * @throws MapError
   */
  eachLine(visit: VisitLine): void
}

interface Section {
  line: number
  column: number
  mappings: string
  /** Index of its first source and name among those of the whole map. */
  firstSource: number
  firstName: number
  sources: number
  names: number
}

type Json = Record<string, unknown>

/**
 * Reads the JSON of a source map.
 * @throws MapError when it is no source map
 */
export function parseMap(text: string): ParsedMap {
  let json: unknown
  try {
    // Such a first line keeps browsers from running the JSON. The standard drops it.
    json = JSON.parse(text.startsWith(")]}'") ? text.slice(text.indexOf('\n') + 1) : text)
  } catch {
    throw new MapError('is not JSON')
  }
  if (!isObject(json)) throw new MapError('is not a source map')
  if (json['version'] !== 3) throw new MapError('is not a source map of version 3')
  const parts: Parts = { sources: [], names: [], sections: [] }
  if (json['sections'] === undefined) addSection(json, { line: 0, column: 0 }, parts)
  else addSections(json['sections'], parts)
  const { sources, names, sections } = parts
  return {
    debugId: debugIdOf(json),
    sources,
    names,
    eachLine: (visit) => eachLine(sections, visit),
  }
}

interface Parts {
  sources: MapSource[]
  names: string[]
  sections: Section[]
}

function addSections(list: unknown, parts: Parts): void {
  if (!Array.isArray(list)) throw new MapError('has `sections` that are no list')
  for (const section of list as unknown[]) {
    const { map, offset } = (isObject(section) ? section : {}) as Json
    if (!isObject(map) || map['sections'] !== undefined || !isObject(offset))
      throw new MapError('has a section without a map or an offset')
    const { line, column } = offset
    if (!isCount(line) || !isCount(column)) throw new MapError('has a section at no position')
    const before = parts.sections.at(-1)
    if (before && (line < before.line || (line === before.line && column < before.column)))
      throw new MapError('has sections that are out of order')
    addSection(map, { line, column }, parts)
  }
}

function addSection(map: Json, offset: { line: number; column: number }, parts: Parts): void {
  const { mappings, names = [], sourceRoot } = map
  const sources = listOf(map, 'sources')
  const contents = map['sourcesContent'] == null ? [] : listOf(map, 'sourcesContent')
  if (typeof mappings !== 'string') throw new MapError('has no `mappings`')
  if (!Array.isArray(names)) throw new MapError('has `names` that are no list')
  const ignored = new Set((map['ignoreList'] ?? map['x_google_ignoreList']) as number[] | undefined)
  parts.sections.push({
    ...offset,
    mappings,
    firstSource: parts.sources.length,
    firstName: parts.names.length,
    sources: sources.length,
    names: names.length,
  })
  sources.forEach((name, i) => {
    const content = contents[i]
    parts.sources.push({
      name: typeof name === 'string' ? name : null,
      sourceRoot: typeof sourceRoot === 'string' ? sourceRoot : '',
      content: typeof content === 'string' ? content : null,
      ignored: ignored.has(i),
    })
  })
  for (const name of names as unknown[]) parts.names.push(String(name))
}

/**
 * Visits the lines of all sections, without the parts that reach into the next section. Two
 * sections may share a line.
 */
function eachLine(sections: readonly Section[], visit: VisitLine): void {
  let current = -1
  let segments: number[] = []
  const finish = (): void => {
    if (segments.length > 0) visit(current, inOrder(segments))
    segments = []
  }
  for (const [i, section] of sections.entries()) {
    const { firstSource, firstName } = section
    eachSegment(section, sections[i + 1], (line, numbers, count) => {
      if (line !== current) finish()
      current = line
      const [column = 0, source = 0, originalLine = 0, originalColumn = 0, name = 0] = numbers
      segments.push(
        column,
        count > 1 ? source + firstSource : -1,
        originalLine,
        originalColumn,
        count > 4 ? name + firstName : -1,
      )
      return true
    })
  }
  finish()
}

function eachSegment(section: Section, next: Section | undefined, visit: VisitSegment): void {
  let at = 0
  try {
    readMappings(section.mappings, {}, (line, numbers, count) => {
      at = line
      check(numbers, count, section)
      const [column = 0, ...rest] = numbers
      const global = line + section.line
      const start = line === 0 ? column + section.column : column
      if (next && (global > next.line || (global === next.line && start >= next.column)))
        return true
      return visit(global, line === 0 && section.column > 0 ? [start, ...rest] : numbers, count)
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new MapError(`has broken mappings on line ${at + 1}`)
  }
}

/** @throws RangeError for a segment that says what cannot be */
function check(
  [column = 0, source = 0, originalLine = 0, originalColumn = 0, name = 0]: readonly number[],
  count: number,
  { sources, names }: Section,
): void {
  const whole = count === 1 || count === 4 || count === 5
  const known = count < 4 || (isIndex(source, sources) && originalLine >= 0 && originalColumn >= 0)
  if (!whole || !known || column < 0 || (count === 5 && !isIndex(name, names)))
    throw new RangeError('segment')
}

/**
 * Sorts a line's segments, because some tools write them out of order. Equal columns keep their
 * order.
 */
function inOrder(segments: number[]): number[] {
  let sorted = true
  for (let at = STRIDE; at < segments.length && sorted; at += STRIDE)
    sorted = segments[at]! >= segments[at - STRIDE]!
  if (sorted) return segments
  const starts = Array.from({ length: segments.length / STRIDE }, (_, i) => i * STRIDE)
  starts.sort((a, b) => segments[a]! - segments[b]!)
  return starts.flatMap((at) => segments.slice(at, at + STRIDE))
}

/** `debugId` by the TC39 proposal, `debug_id` as Sentry's tools write it. */
function debugIdOf(json: Json): string | null {
  return plainDebugId(json['debugId'] ?? json['debug_id'])
}

function listOf(map: Json, key: string): unknown[] {
  const list = map[key]
  if (!Array.isArray(list)) throw new MapError(`has no list of \`${key}\``)
  return list
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
const isIndex = (value: number, length: number): boolean => value >= 0 && value < length
