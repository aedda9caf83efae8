import { createReadStream } from 'node:fs'
import { appendFile, rename, rm, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { badOption } from '../model/klaxon-error.ts'
import { toQueuedOccurrence } from '../model/queued-occurrence.ts'
import type { Fallback } from '../model/fallback.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'

/** Options of `spool()`. */
export interface SpoolOptions {
  /**
   * Bytes of the file at most, occurrences under replay included. Above it, occurrences go to the
   * log.
   * @default 67108864 (64 MB)
   */
  maxBytes?: number
}

/** Occurrences of one replayed batch. */
const SPOOL_BATCH_OCCURRENCES = 100
/**
 * Mode of the file. Only its owner may read it, because occurrences contain addresses and users.
 */
const FILE_MODE = 0o600

/**
 * A fallback that keeps occurrences in a file, one line of JSON each (Node, Deno, Bun). The next
 * successful write replays them. Each process needs a file of its own, which only its user may
 * read.
 *
 * @example
 * createKlaxon({ store, fallback: spool('/var/lib/app/klaxon.ndjson') })
 * @throws KlaxonError that names the option and the fix
 */
export function spool(path: string, { maxBytes = 64 * 1024 * 1024 }: SpoolOptions = {}): Fallback {
  if (typeof path !== 'string' || path === '')
    throw badOption('fallback', 'must be spool(path) with the path of a file that may be written')
  if (typeof maxBytes !== 'number' || !(maxBytes > 0))
    throw badOption('maxBytes', 'of spool() must be a number of bytes above 0')
  const replaying = `${path}.replaying`
  /** Whether the file may have lines. True at first: an earlier process may have left some. */
  let pending = true
  let opened = false
  let last: Promise<unknown> = Promise.resolve()

  /**
   * Runs one operation after the other, so that `put` never writes to a file that replay has
   * renamed.
   */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  async function put(queued: readonly QueuedOccurrence[]): Promise<void> {
    const lines = queued.map((each) => `${JSON.stringify(each)}\n`).join('')
    const before = await sizeOf(path)
    // A replay may fail, so its file counts as well.
    const kept = before + (await sizeOf(replaying))
    if (kept + Buffer.byteLength(lines) > maxBytes) throw new Error('the spool file is full')
    pending = true
    // A crash or a full disk may have cut the last line. A line break keeps it from joining our
    // first line.
    const text = !opened && before > 0 ? `\n${lines}` : lines
    opened = false
    await appendFile(path, text, { mode: FILE_MODE })
    opened = true
  }

  /**
   * Renames the file for replay. The file of an interrupted replay comes first; writing its
   * occurrences again is harmless. @returns whether there is a file to replay
   */
  async function take(): Promise<boolean> {
    if ((await sizeOf(replaying)) > 0) return true
    if ((await sizeOf(path)) === 0) return false
    await rename(path, replaying)
    return true
  }

  return {
    name: 'spool',
    put: (queued) => inTurn(() => put(queued)),
    async replay(write, onUnreadable) {
      if (!pending) return 0
      pending = false
      try {
        if (!(await inTurn(take))) return 0
        const { count, unreadable } = await replayFile(replaying, write)
        await rm(replaying)
        if (unreadable > 0) onUnreadable(unreadable)
        if ((await sizeOf(path)) > 0) pending = true
        return count
      } catch (error) {
        pending = true
        throw error
      }
    },
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function replayFile(
  file: string,
  write: (queued: readonly QueuedOccurrence[]) => Promise<void>,
): Promise<{ count: number; unreadable: number }> {
  const input = createReadStream(file)
  let count = 0
  let unreadable = 0
  let batch: QueuedOccurrence[] = []
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await write(batch)
    count += batch.length
    batch = []
  }
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const queued = parse(line)
      if (queued !== null) batch.push(queued)
      else if (line !== '') unreadable++
      if (batch.length >= SPOOL_BATCH_OCCURRENCES) await flush()
    }
    await flush()
    return { count, unreadable }
  } finally {
    input.destroy()
  }
}

/** null for a line that a crash has cut. The other lines are still read. */
function parse(line: string): QueuedOccurrence | null {
  try {
    return toQueuedOccurrence(JSON.parse(line))
  } catch {
    return null
  }
}
