import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/_net.ts'
import { startSqld } from '../../scripts/_sqld.ts'

export interface OwnSqld {
  url: string
  /** The folder of its files. */
  dir: string
  /** Removes the folder. */
  stop(): Promise<void>
}

/** A new libSQL server on an empty folder, without tables. */
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
