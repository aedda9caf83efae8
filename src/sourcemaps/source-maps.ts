import type { Cause, Occurrence } from '../model/occurrence.ts'
import type { StackMapper } from '../model/stack-mapper.ts'
import { formatStack } from './format.ts'
import type { Frame, Symbolicated } from './frame.ts'
import type { MapsSource } from './maps-source.ts'
import type { Stack } from './stack-input.ts'
import { symbolicate } from './symbolicate.ts'

export interface SourceMapsOptions {
  /** Where the maps are. @default the store of the occurrences */
  store?: MapsSource
}

/**
 * The value of the option `sourceMaps`: alerts show the places in your sources, where `klaxon
 * sourcemaps upload` has put the maps. Lines of the sources are never in an alert.
 * @example
 * createKlaxon({ store, notify, sourceMaps: sourceMaps() })
 */
export function sourceMaps({ store: maps }: SourceMapsOptions = {}): StackMapper {
  const secrets = maps && 'secrets' in maps ? (maps.secrets ?? []) : []
  return {
    secrets,
    async map(occurrence, store) {
      const from = maps ?? store
      if (!from || (occurrence.errorStack === null && occurrence.causes === null)) return occurrence
      const found = await symbolicate(occurrence, { maps: from, context: 0 })
      return found.doubtful ? occurrence : withStacks(occurrence, found)
    },
  }
}

function withStacks(occurrence: Occurrence, { frames, causes }: Symbolicated): Occurrence {
  const { errorStack, errorName: name, errorMessage: message } = occurrence
  const stack = mappedStack({ name, message, stack: errorStack }, frames)
  const mapped = occurrence.causes?.map((cause, i): Cause => {
    return { ...cause, stack: mappedStack(cause, causes[i]?.frames ?? []) }
  })
  return { ...occurrence, errorStack: stack, causes: mapped ?? null }
}

/** Replaces the engine's frames by the mapped ones. The text before them stays. */
function mappedStack({ stack }: Stack, frames: readonly Frame[]): string | null {
  const isMapped = frames.some(({ state }) => state === 'mapped' || state === 'guessed')
  const at = isMapped ? stack!.lastIndexOf(frames.map(({ raw }) => raw).join('\n')) : -1
  return at < 0 ? stack : stack!.slice(0, at) + formatStack(frames)
}
