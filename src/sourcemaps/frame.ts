import type { FrameKind, ParsedFrame } from './parse-stack.ts'
import type { MatchedBy } from './reader.ts'
import type { Original } from './segment.ts'

/**
 * The result of looking a frame up. `mapped`, `guessed` and `doubtful` frames have a place in a
 * source, `source` frames had one before. All others are as the engine wrote them.
 */
export type FrameState =
  /** Found by debug id, or by release and file. */
  | 'mapped'
  /** Found by file and time, because no release is recorded. */
  | 'guessed'
  /** Found, but the map seems to belong to another build. */
  | 'doubtful'
  /** The runtime wrote the place in the source. */
  | 'source'
  /** No uploaded map is for this file. */
  | 'no map'
  /** The map has no entry for this position, or is damaged. */
  | 'no segment'
  | Exclude<FrameKind, 'code' | 'eval'>

/** A frame of a stack, for showing. */
export interface Frame {
  /** The line of the stack. */
  raw: string
  state: FrameState
  function: string | null
  isAsync: boolean
  isConstructor: boolean
  file: string | null
  /** From 1. */
  line: number | null
  /** From 1. null in a library, because only its lines are stored. */
  column: number | null
  /** Whether it is the app's own code. */
  inApp: boolean
  /**
   * Source lines around the frame. Missing for libraries, and when the source's text is not
   * stored.
   */
  context?: SourceContext
}

/** Lines of a source, and the number of the first one, from 1. */
export interface SourceContext {
  first: number
  lines: string[]
}

export interface SymbolicatedCause {
  name: string
  message: string
  frames: Frame[]
}

export interface Symbolicated {
  frames: Frame[]
  causes: SymbolicatedCause[]
  /** How the map of the first mapped frame was found; null when none is mapped. */
  matchedBy: MatchedBy | null
  /** Whether the maps seem to belong to another build. */
  doubtful: boolean
  /** A sentence that tells why frames are not mapped; null when they are. */
  hint: string | null
}

/** A frame while it is looked up. */
export interface FoundFrame {
  parsed: ParsedFrame
  frame: Frame
  original: Original | null
  /** The source's text, if the frame's file is a source on this machine. */
  text: string | null
}
