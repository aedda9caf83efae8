import { connect, createServer } from 'node:net'

/** A port nobody listens on; `preferred` when it is one. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && !(await isListening(preferred))) return preferred
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
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
