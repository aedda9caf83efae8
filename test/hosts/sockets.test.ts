import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Child, startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { variants } from '../suites/identity-variants.ts'

describe.each([
  ['Deno', denoBinary, ['run', '-A', 'test/support/fixtures/socket-process.ts']],
  ['Bun', bunBinary, ['test/support/fixtures/socket-process.ts']],
] as const)('a web socket of Hono on %s', (_name, command, args) => {
  let child: Child
  let port: number
  beforeAll(async () => {
    port = await freePort()
    child = startChild(command(), args, { cwd: root, env: { ...process.env, PORT: String(port) } })
    const ready = await answers(`http://127.0.0.1:${port}/`, {
      timeoutMs: 20_000,
      alive: child.running,
    })
    expect(ready, child.words()).toBe(true)
  })
  afterAll(() => child.stop())

  test.each(Object.keys(variants))('opens and answers, %s', async (variant) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${variant}/api/socket`)
    const answer = await new Promise((resolve, reject) => {
      socket.addEventListener('open', () => socket.send('hello'))
      socket.addEventListener('message', ({ data }) => resolve(data))
      socket.addEventListener('error', () => reject(new Error(child.words())))
    })
    expect(answer).toBe('heard hello')
    socket.close()
  })
})
