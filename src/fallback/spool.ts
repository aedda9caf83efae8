import { createReadStream } from 'node:fs'
import { appendFile, rename, rm, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { toEntry } from '../core/entry.ts'
import type { Entry, Fallback } from '../core/types.ts'

export interface SpoolOptions {
  /**
   * Bytes the file may have, with what is being put back; above it records go on to the log.
   * @default 67108864 (64 MB)
   */
  maxBytes?: number
}

const BATCH = 100

/**
 * Keeps records that the store refused in a file of one JSON line each (Node, Deno, Bun), and puts them back at the
 * next success. One process a file.
 */
export function spool(path: string, { maxBytes = 64 * 1024 * 1024 }: SpoolOptions = {}): Fallback {
  const replaying = `${path}.replaying`
  /** Whether there may be lines: at first from an earlier process. */
  let pending = true
  let opened = false
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other: a file that is taken away for replay must not be written to any more. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  async function put(entries: readonly Entry[]): Promise<void> {
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    const before = await sizeOf(path)
    // What a replay under way may not get rid of counts as well.
    const kept = before + (await sizeOf(replaying))
    if (kept + Buffer.byteLength(lines) > maxBytes) throw new Error('the spool file is full')
    pending = true
    // A crash or a full disk may have cut the last line short: it must not swallow the first of ours.
    const text = !opened && before > 0 ? `\n${lines}` : lines
    opened = false
    await appendFile(path, text)
    opened = true
  }

  /** The file to read: one left by a replay that was cut short comes first; writing twice changes nothing. */
  async function take(): Promise<boolean> {
    if ((await sizeOf(replaying)) > 0) return true
    if ((await sizeOf(path)) === 0) return false
    await rename(path, replaying)
    return true
  }

  return {
    name: 'spool',
    put: (entries) => inTurn(() => put(entries)),
    async replay(write) {
      if (!pending) return 0
      pending = false
      try {
        if (!(await inTurn(take))) return 0
        const count = await replayFile(replaying, write)
        await rm(replaying)
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
  write: (entries: readonly Entry[]) => Promise<void>,
): Promise<number> {
  const input = createReadStream(file)
  let count = 0
  let batch: Entry[] = []
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await write(batch)
    count += batch.length
    batch = []
  }
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const entry = parse(line)
      if (entry !== null) batch.push(entry)
      if (batch.length >= BATCH) await flush()
    }
    await flush()
    return count
  } finally {
    input.destroy()
  }
}

/** A line that a crash cut short is no record: the rest of the file still is. */
function parse(line: string): Entry | null {
  try {
    return toEntry(JSON.parse(line))
  } catch {
    return null
  }
}
