import type { Setup } from '../config/setup.ts'
import type { CapturedOccurrence } from '../model/occurrence.ts'
import type { WaitUntil } from '../model/wait-until.ts'

/** Takes occurrences during a request. The outbox's recorder is one. */
export interface OccurrenceRecorder {
  record(captured: CapturedOccurrence, ctx: WaitUntil | undefined): void
}

/** The setup of one env, and its recorder. */
export interface Surface {
  setup: Setup
  recorder: OccurrenceRecorder
  stats: { aborted: number }
  /** Whether requests get a context by AsyncLocalStorage: the option `context`. */
  hasContext: boolean
}

/** One wrapper or middleware. Its identity tells whether it has seen a failure before. */
export interface Observer {
  /** Never throws. */
  surfaceFor(env: unknown): Surface
}
