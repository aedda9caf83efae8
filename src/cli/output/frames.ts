import type { Occurrence } from '../../model/occurrence.ts'
import type { MarkdownOptions } from '../../report/markdown.ts'
import { format, formatStack } from '../../sourcemaps/format.ts'
import { localReader } from '../../sourcemaps/digest/local-reader.ts'
import { sqlReader } from '../../sourcemaps/reader.ts'
import { symbolicate } from '../../sourcemaps/symbolicate.ts'
import { driverOf } from '../../store/sql/sql-store.ts'
import type { Context, Database } from '../command.ts'
import { findVariable } from '../database/variables.ts'
import { redactSource } from '../commands/symbolicate.ts'
import { batchOf, openMaps, unlessMissing } from '../commands/sourcemaps/options.ts'

/** Mapped stacks as text. */
export interface Mapped {
  stack: string | null
  causeStacks: (string | null)[]
  /** The reason why frames are not mapped, or may be wrong. */
  hint: string | null
}

export interface FrameOptions {
  database: Database
  flags: Parameters<typeof openMaps>[0]
  /** Whether source lines are shown at frames of the app's code. */
  lines: number
}

/**
 * Maps an occurrence's stacks, by uploaded maps or maps beside the script; null when nothing is
 * mapped.
 */
export async function mapFrames(
  context: Context,
  occurrence: Occurrence,
  { database, flags, lines }: FrameOptions,
): Promise<Mapped | null> {
  if (occurrence.errorStack === null) return null
  const isElsewhere =
    flags['maps-db'] !== undefined || findVariable('KLAXON_MAPS_URL', flags, context) !== undefined
  if (!isElsewhere && driverOf(database.store) === null) return null
  const maps = isElsewhere ? await unlessMissing(flags, () => openMaps(flags, context)) : database
  if (maps === null) return null
  try {
    const reader = localReader(context.cwd, sqlReader(batchOf(maps)))
    const { frames, causes, matchedBy, doubtful, hint } = await symbolicate(occurrence, {
      maps: reader,
      context: lines,
      redact: redactSource,
    })
    const words = doubtful ? 'The maps seem to be of another build: places may be wrong.' : hint
    if (matchedBy === null) return { stack: null, causeStacks: [], hint: words }
    const print = lines === 0 ? formatStack : format
    return {
      stack: print(frames),
      causeStacks: causes.map((cause) => print(cause.frames)),
      hint: words,
    }
  } finally {
    if (isElsewhere) await maps.close()
  }
}

/** Options of a Markdown report for the mapped stacks. */
export async function reportOptions(
  context: Context,
  occurrence: Occurrence,
  options: FrameOptions,
): Promise<MarkdownOptions> {
  return markdownOf(await mapFrames(context, occurrence, options))
}

export function markdownOf(mapped: Mapped | null): MarkdownOptions {
  if (mapped === null) return {}
  const { stack, causeStacks, hint } = mapped
  return { causeStacks, hint, ...(stack === null ? {} : { stack }) }
}
