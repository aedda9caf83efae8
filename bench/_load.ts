import { connect } from 'node:net'

export interface Load {
  requests: number
  seconds: number
}

/** Sends one GET after another on each of `connections` sockets, until the time or the number is over. */
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

/** One socket. Written on bare sockets, because `node:http` costs more CPU a request than some of what it would load. */
function drive(
  port: number,
  path: string,
  { next, completed }: { next: () => boolean; completed: () => void },
): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let buffer = ''
    const go = (): void => {
      if (next()) socket.write(request)
      else socket.end()
    }
    socket.setEncoding('latin1')
    socket.on('connect', go)
    socket.on('data', (chunk: string) => {
      buffer += chunk
      if (!isWhole(buffer)) return
      buffer = ''
      completed()
      go()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

function isWhole(text: string): boolean {
  const body = text.indexOf('\r\n\r\n') + 4
  if (body === 3) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, body))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= body + Number(length)
}
