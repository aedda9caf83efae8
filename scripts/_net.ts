import { connect, createServer } from 'node:net'

/** Ports that no system gives to outgoing connections, which would be taken until they are used. */
const FIRST_PORT = 20_000
const PORTS = 12_000

/** A port nobody listens on; `preferred` when it is one. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && !(await isListening(preferred))) return preferred
  for (let tried = 0; tried < 100; tried++) {
    // At random: processes that ask at the same time get different ones.
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (await canListen(port)) return port
  }
  throw new Error('no port is free')
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Whether something accepts connections on the port, on IPv4 or IPv6. */
export async function isListening(port: number): Promise<boolean> {
  const answers = await Promise.all([accepts(port, '127.0.0.1'), accepts(port, '::1')])
  return answers.includes(true)
}

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.setTimeout(1000, () => settle(false))
  })
}

/**
 * Asks `url` every 50 ms until it answers below 500.
 * @returns false when `timeoutMs` went by or `alive` says that waiting is vain
 */
export async function answers(
  url: string,
  { timeoutMs, alive = () => true }: { timeoutMs: number; alive?: () => boolean },
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  do {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
      await response.body?.cancel()
      if (response.status < 500) return true
    } catch {
      // Nothing listens yet: ask again.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  } while (Date.now() < deadline && alive())
  return false
}
