import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import type { Storm } from '../support/fixtures/context-storm.ts'
import { startWorkers } from '../support/workerd.ts'

const run = promisify(execFile)

async function inProcess(command: string, args: string[]): Promise<string> {
  const script = 'test/support/fixtures/context-process.ts'
  return (await run(command, [...args, script], { cwd: root })).stdout
}

async function inWorkerd(): Promise<string> {
  const entry = 'test/support/fixtures/context-worker.ts'
  const miniflare = await startWorkers({ entry, compatibilityFlags: ['nodejs_compat'] })
  try {
    return await (await fetch(await miniflare.ready)).text()
  } finally {
    await miniflare.dispose()
  }
}

test.each([
  ['Node', () => inProcess(process.execPath, [])],
  ['Deno', () => inProcess(denoBinary(), ['run', '-A'])],
  ['Bun', () => inProcess(bunBinary(), ['run'])],
  ['workerd', inWorkerd],
] as const)(
  'of 10,000 requests at 50 at a time on %s, none says what another one said',
  async (_runtime, start) => {
    expect(JSON.parse(await start()) as Storm).toEqual({ recorded: 1_000, mixed: 0 })
  },
)
