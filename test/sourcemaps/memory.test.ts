import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'klaxon-long-map-'))
afterAll(() => rmSync(folder, { recursive: true }))

const THREAD = new URL('../support/fixtures/long-map-worker.ts', import.meta.url)

/** The answer of the thread, which fails if its heap exceeds the limit. */
function inThread(work: 'upload' | 'look up', maxOldGenerationSizeMb: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const workerData = { work, path: join(folder, 'maps.db') }
    const worker = new Worker(THREAD, { workerData, resourceLimits: { maxOldGenerationSizeMb } })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('ended without an answer')))
  })
}

it(
  'a map of 23 MB is uploaded within 400 MB, and looked up within 32',
  { timeout: 60_000 },
  async () => {
    const { bytes, rows } = (await inThread('upload', 400)) as { bytes: number; rows: number }
    expect(bytes).toBeGreaterThan(22_000_000)
    expect(rows).toBeGreaterThan(2_000)
    const lines = Array.from({ length: 20 }, (_, i) => i * 50 * 1_201 + i * 50 + 2)
    expect(await inThread('look up', 32)).toEqual(lines.map((line) => `src/part-0.ts:${line}`))
  },
)
