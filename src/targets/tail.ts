import { guard } from '../capture/guard.ts'
import { buildOccurrence } from '../capture/occurrence.ts'
import type { Observer, Surface } from '../capture/surface.ts'
import { MAX_STACK_BYTES } from '../model/limits.ts'
import type { Occurrence } from '../model/occurrence.ts'
import type { WaitUntil } from '../model/wait-until.ts'
import { markFalseFrames } from '../util/frames.ts'
import { faultName } from '../util/guards.ts'
import { failureOf, failuresOf, type RecordedLine, recordedLine, type TraceItem } from './trace.ts'

/** A `tail` handler of a Tail Worker. */
export type Tail = (events: readonly TraceItem[], env?: unknown, ctx?: WaitUntil) => void

/** The tail handler, and its unfinished work. */
export interface TailWorker {
  tail: Tail
  /** Tries again to update rows that were not stored yet. `maintain()` calls it. */
  amendLate: () => Promise<void>
}

/** Stacks that wait for their rows. More are dropped. */
const MAX_WAITING_STACKS = 100

/**
 * Makes the `tail` handler of a Tail Worker. It records failures that the producer's wrapper could
 * not see, and writes the platform's mapped stacks into the wrapper's rows. An exception has the
 * fingerprint of a throw, so both are one issue. A trace has no `code`, so an error with a `code`
 * becomes another issue.
 */
export function createTail(observer: Observer): TailWorker {
  let late: (() => Promise<boolean>)[] = []

  function tail(events: readonly TraceItem[], env?: unknown, ctx?: WaitUntil): void {
    const surface = observer.surfaceFor(env)
    for (const item of events) {
      const lines = linesOf(surface, item)
      recordItem(surface, item, { lines, env, ctx })
      for (const line of lines) amendSoon(surface, line, ctx)
    }
  }

  /** Updates a row in the background. A row that is not stored yet is tried again. */
  function amendSoon(surface: Surface, line: RecordedLine, ctx: WaitUntil | undefined): void {
    const amend = amending(surface, line)
    if (amend === null) return
    const work = amend().then((isDone) => {
      if (!isDone && late.length < MAX_WAITING_STACKS) late.push(amend)
    })
    guard(surface.setup, 'tail', () => ctx?.waitUntil(work), undefined)
  }

  return {
    tail,
    amendLate: async () => {
      const all = late
      late = []
      for (const amend of all) await amend()
    },
  }
}

/** Lines of the trace in which the producer's klaxon says what it has recorded. */
function linesOf({ setup }: Surface, { logs = [] }: TraceItem): RecordedLine[] {
  return logs.flatMap((log) => {
    // One guard for each line, so that an unreadable line does not lose the others.
    const line = guard(setup, 'tail', () => recordedLine(log), null)
    return line === null ? [] : [line]
  })
}

interface Recording {
  lines: readonly RecordedLine[]
  env: unknown
  ctx: WaitUntil | undefined
}

function recordItem(
  { setup, recorder }: Surface,
  item: TraceItem,
  { lines, env, ctx }: Recording,
): void {
  for (const description of guard(setup, 'tail', () => failuresOf(item), [])) {
    guard(
      setup,
      'tail',
      () => {
        const captured = buildOccurrence(setup, failureOf(item, description, env))
        if (!isRecorded(lines, captured.occurrence)) recorder.record(captured, ctx)
      },
      undefined,
    )
  }
}

/**
 * Whether the producer's klaxon has recorded this failure. It records and rethrows failures of
 * events, and throws with `rethrow`, so they are in the trace too. Names are not compared, because
 * a trace calls a thrown string an Error.
 */
function isRecorded(
  lines: readonly RecordedLine[],
  { method, path, errorMessage }: Pick<Occurrence, 'method' | 'path' | 'errorMessage'>,
): boolean {
  return lines.some(
    (line) => line.message === errorMessage && line.method === method && line.path === path,
  )
}

/**
 * Makes a function that updates a row's stack; null when there is no better stack, or the store
 * cannot update. Its promise never rejects.
 */
function amending(
  { setup }: Surface,
  { id, stack, mapped }: RecordedLine,
): (() => Promise<boolean>) | null {
  const { store } = setup.options
  if (store?.amend === undefined || mapped?.stack === undefined) return null
  const marked = (): string => markFalseFrames(mapped.stack!, mapped.message)
  const errorStack = guard(
    setup,
    'tail',
    () => setup.redactor.stack(marked(), MAX_STACK_BYTES),
    null,
  )
  // The platform found no map, so its stack equals the row's.
  if (errorStack === null || stack === undefined || framesOf(errorStack) === framesOf(stack))
    return null
  return async () => {
    try {
      const [row] = await store.occurrences({ id })
      if (row === undefined) return false
      // The user's `redact` function applies to this stack too.
      const { errorStack: last } = setup.redactor.finish({ ...row, errorStack })
      return last === null || (await store.amend!(id, { errorStack: last, causes: row.causes }))
    } catch (error) {
      setup.logger.warn('tail', `amending a stack failed: ${faultName(error)}`)
      return true
    }
  }
}

/** The frames of a stack. The lines before them differ, because each text is redacted alone. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s*at /.test(line))
    .map((line) => line.trim())
    .join('\n')
}
