import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createInterface as createPrompt } from 'node:readline/promises'
import { styleText } from 'node:util'
import { type Context, EXIT } from './command.ts'
import { openDatabase } from './database/open.ts'

/**
 * ms after which a finished or interrupted command ends, even when something keeps the process
 * alive.
 */
const GRACE_MS = 1_000

/** Runs the program and sets the exit code. Only this file uses `process`. */
export async function runInProcess(
  program: (args: string[], context: Context) => Promise<number>,
): Promise<void> {
  const interruption = new AbortController()
  process.once('SIGINT', () => {
    interruption.abort()
    // The next Ctrl-C ends the process at once, and so does the timer.
    setTimeout(() => process.exit(EXIT.interrupted), GRACE_MS).unref()
  })
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `klaxon … | head` closes the pipe, which is no failure.
      process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed)
    })
  const code = await program(process.argv.slice(2), processContext(interruption.signal))
  process.exitCode = interruption.signal.aborted ? EXIT.interrupted : code
  setTimeout(() => process.exit(), GRACE_MS).unref()
}

function processContext(signal: AbortSignal): Context {
  const { env, stdin, stdout, stderr } = process
  const childEnv = { ...env }
  const colours = hasColours()
  const context: Context = {
    env,
    cwd: process.cwd(),
    isTTY: { stdin: stdin.isTTY === true, stdout: stdout.isTTY, stderr: stderr.isTTY },
    columns: stdout.columns ?? 80,
    signal,
    stdout: (text) => void stdout.write(text),
    drained: async () => {
      if (stdout.writableNeedDrain) await once(stdout, 'drain', { signal })
    },
    stderr: (text) => void stderr.write(text),
    stdin: () => createInterface({ input: stdin, crlfDelay: Infinity }),
    style: (format, text) => (colours ? styleText(format, text, { validateStream: false }) : text),
    async confirm(question) {
      return /^y(?:es)?$/i.test(await context.ask(`${question} [y/N] `))
    },
    async ask(question) {
      if (!stdin.isTTY || !stderr.isTTY) return ''
      const prompt = createPrompt({ input: stdin, output: stderr })
      try {
        return (await prompt.question(question, { signal })).trim()
      } catch {
        // After Ctrl-C there is no answer.
        return ''
      } finally {
        prompt.close()
      }
    },
    run: (program, args, cwd) =>
      new Promise((resolve) => {
        const stdio = ['inherit', process.stderr, 'inherit'] as const
        // Windows finds npx.cmd only through a shell.
        const shell = process.platform === 'win32'
        const child = spawn(program, args, { cwd, env: childEnv, stdio: [...stdio], shell, signal })
        child.on('error', () => resolve(EXIT.failed))
        child.on('exit', (code) => resolve(code ?? EXIT.failed))
      }),
    openDatabase(flags, use) {
      // Wrangler writes its progress to stdout, which a pipe expects data from.
      if (!stdout.isTTY) env['WRANGLER_LOG'] ??= 'none'
      return openDatabase(flags, context, use)
    },
  }
  return context
}

/** https://no-color.org and https://force-color.org */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return process.stdout.isTTY && TERM !== 'dumb'
}
