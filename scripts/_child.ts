import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

export interface Child {
  pid: number | undefined
  /** The last it wrote, both streams; 8 KB unless told. */
  words: () => string
  running: () => boolean
  /** From now on what it writes goes straight to our own stdout and stderr. */
  passThrough: () => void
  /** Resolves when the process is gone, for whatever reason. */
  ended: Promise<void>
  /** SIGTERM to it and all it started, SIGKILL after 4 s. Resolves when all are gone. */
  stop: () => Promise<void>
}

const windows = process.platform === 'win32'

/**
 * Starts a program in a process group of its own, so that its grandchildren can be stopped with it.
 */
export function startChild(
  command: string,
  args: readonly string[],
  {
    inherit = false,
    keep = 8192,
    ...options
  }: {
    env: NodeJS.ProcessEnv
    cwd?: string
    /** Writes to our terminal from the start, and knows that it is one. */
    inherit?: boolean
    /** Characters of what it writes. */
    keep?: number
  },
): Child {
  const stdio = inherit ? 'inherit' : 'pipe'
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', stdio, stdio],
    detached: !windows,
    windowsHide: true,
  })
  let words = ''
  const remember = (chunk: Buffer) => void (words = (words + chunk.toString()).slice(-keep))
  child.stdout?.on('data', remember)
  child.stderr?.on('data', remember)

  const lastResort = () => void (child.pid && signalGroup(child.pid, 'SIGKILL'))
  process.once('exit', lastResort)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      words += `${error.message}\n`
      resolve()
    })
  })
  return {
    pid: child.pid,
    words: () => words.trim(),
    running: () => isRunning(child),
    passThrough() {
      child.stdout?.off('data', remember).pipe(process.stdout, { end: false })
      child.stderr?.off('data', remember).pipe(process.stderr, { end: false })
    },
    ended,
    async stop() {
      await stopTree(child)
      process.off('exit', lastResort)
    },
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function stopTree({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return
  if (windows) {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' })
    return
  }
  if (signalGroup(pid, 'SIGTERM') && !(await groupEnds(pid, 4000))) {
    signalGroup(pid, 'SIGKILL')
    await groupEnds(pid, 1000)
  }
}

async function groupEnds(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (signalGroup(pid, 0)) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return true
}

/** False when no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}
