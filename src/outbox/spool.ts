import { appendFile, open, rename, rm, stat } from 'node:fs/promises'
import type { Entry, Fallback } from '../core/types.ts'

export interface SpoolOptions {
  /**
   * Bytes the file may have; above it records go on to the log.
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
  // Whether there may be lines: at first from an earlier process.
  let pending = true

  async function size(file: string): Promise<number> {
    try {
      return (await stat(file)).size
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
      throw error
    }
  }

  return {
    name: 'spool',
    async put(entries) {
      const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      if ((await size(path)) + Buffer.byteLength(lines) > maxBytes)
        throw new Error('the spool file is full')
      await appendFile(path, lines)
      pending = true
    },
    async replay(write) {
      if (!pending) return 0
      pending = false
      let count = 0
      try {
        // A file left by a replay that was cut short comes first; writing twice changes nothing.
        if ((await size(replaying)) === 0) {
          if ((await size(path)) === 0) return 0
          await rename(path, replaying)
        }
        count = await replayFile(replaying, write)
        await rm(replaying)
        pending = (await size(path)) > 0
      } catch (error) {
        pending = true
        throw error
      }
      return count
    },
  }
}

async function replayFile(
  file: string,
  write: (entries: readonly Entry[]) => Promise<void>,
): Promise<number> {
  const handle = await open(file)
  let count = 0
  let batch: Entry[] = []
  try {
    for await (const line of handle.readLines()) {
      const entry = parse(line)
      if (entry !== undefined) batch.push(entry)
      if (batch.length < BATCH) continue
      await write(batch)
      count += batch.length
      batch = []
    }
    if (batch.length > 0) await write(batch)
    return count + batch.length
  } finally {
    await handle.close()
  }
}

/** A line that a crash cut short is no record: the rest of the file still is. */
function parse(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry
  } catch {
    return undefined
  }
}
