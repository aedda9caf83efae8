import { connect } from 'node:net'

export interface Load {
  requests: number
  seconds: number
}

/**
 * Sends one GET after another on each of `connections` sockets, until the time or the number is
 * over.
 */
export async function load(
  port: number,
  path: string,
  {
    connections,
    ms = Infinity,
    requests = Infinity,
  }: { connections: number; ms?: number; requests?: number },
): Promise<Load> {
  const start = performance.now()
  const end = start + ms
  let sent = 0
  let done = 0
  const may = (): boolean => sent < requests && performance.now() < end
  await Promise.all(
    Array.from({ length: connections }, () =>
      drive(port, path, {
        next: () => may() && ++sent > 0,
        completed: () => void done++,
      }),
    ),
  )
  return { requests: done, seconds: (performance.now() - start) / 1000 }
}

/**
 * One socket. Written on bare sockets, because `node:http` costs more CPU a request than some of
 * what it would load.
 */
function drive(
  port: number,
  path: string,
  { next, completed }: { next: () => boolean; completed: () => void },
): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const isWhole = responses()
    const go = (): void => {
      if (next()) socket.write(request)
      else socket.end()
    }
    socket.on('connect', go)
    socket.on('data', (chunk: Buffer) => {
      if (!isWhole(chunk)) return
      completed()
      go()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

const LAST_CHUNK = '0\r\n\r\n'

/**
 * Says of each chunk whether it ends a response. All responses of one path are as long as the first
 * one, so only that one is parsed: the client must not cost more than the server.
 */
function responses(): (chunk: Buffer) => boolean {
  let first = ''
  let length: number | null = 0
  let received = 0
  return (chunk) => {
    if (length === null) return chunk.toString('latin1', chunk.length - 5) === LAST_CHUNK
    received += chunk.length
    if (length > 0) {
      if (received < length) return false
      if (received > length) throw new Error('a response is longer than the one before it')
      received = 0
      return true
    }
    first += chunk.toString('latin1')
    const body = first.indexOf('\r\n\r\n') + 4
    if (body === 3) return false
    const told = /\r\ncontent-length: (\d+)/i.exec(first.slice(0, body))?.[1]
    if (told === undefined ? !first.endsWith(LAST_CHUNK) : first.length < body + Number(told))
      return false
    length = told === undefined ? null : first.length
    received = 0
    return true
  }
}
