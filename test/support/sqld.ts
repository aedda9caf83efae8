import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/_net.ts'
import { startSqld } from '../scripts/_sqld.ts'

export interface OwnSqld {
  url: string
  /** Where its files are. */
  dir: string
  /** Removes the folder. */
  stop(): Promise<void>
}

/** A libSQL server of one's own on an empty folder; no tables yet. */
export async function emptySqld(): Promise<OwnSqld> {
  const dir = await mkdtemp(join(tmpdir(), 'klaxon-sqld-'))
  const server = await startSqld({ dir, port: await freePort() })
  return {
    url: server.url,
    dir,
    async stop() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
