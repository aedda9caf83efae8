import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandError, EXIT } from '../command.ts'
import { getRequestListener } from './vendor.ts'

type Handler = (request: Request) => Response | Promise<Response>

export interface Listening {
  port: number
  close(): void
}

/** Serves a handler on this machine alone. Port 0 means any free port. */
export async function listen(handler: Handler, port: number): Promise<Listening> {
  const answer = getRequestListener(handler, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void answer(request, response))
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const why = code === 'EACCES' ? 'needs more rights' : 'is in use'
    throw new CommandError(`port ${port} ${why}: choose another with --port`, EXIT.usage)
  }
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
