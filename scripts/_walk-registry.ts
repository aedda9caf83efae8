import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface WalkRegistry {
  url: string
  close(): void
}

/**
 * A registry that has this checkout's klaxon, and sends npm to the configured one for all else: so
 * `npx klaxon init` does what it will do once klaxon is published.
 *
 * @param tarball path of what `npm pack` made
 * @param manifest text of its package.json
 */
export async function startWalkRegistry(tarball: string, manifest: string): Promise<WalkRegistry> {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const bytes = readFileSync(tarball)
  const { version, ...members } = JSON.parse(manifest) as { version: string }
  const server = createServer((request, response) => {
    if (request.url === '/klaxon.tgz') {
      response.end(bytes)
      return
    }
    if (request.url !== '/klaxon') {
      const location = new URL(request.url!.replace(/^\/+/, ''), upstream).href
      response.writeHead(302, { location }).end()
      return
    }
    const dist = { tarball: `${url}/klaxon.tgz`, integrity: integrityOf(bytes) }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        name: 'klaxon',
        'dist-tags': { latest: version },
        versions: { [version]: { ...members, version, dist } },
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => void server.close() }
}

const integrityOf = (bytes: Buffer): string =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`
