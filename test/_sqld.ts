import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/_net.ts'
import { startSqld } from '../scripts/_sqld.ts'

/** A libSQL server of one's own on an empty folder; no tables yet. `stop` removes the folder. */
export async function emptySqld(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'klaxon-sqld-'))
  const server = await startSqld({ dir, port: await freePort() })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
