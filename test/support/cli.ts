import { main } from '../../src/cli/_main.ts'
import type { Context, Database } from '../../src/cli/command.ts'
import { openDatabase } from '../../src/cli/database/open.ts'
import type { Store } from '../../src/model/store.ts'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

export interface CliWorld {
  env?: Record<string, string>
  cwd?: string
  /** The result of `openDatabase`. Without it the real function looks for a database. */
  store?: Store
  /** Lines of standard input. */
  stdin?: Iterable<string> | AsyncIterable<string>
  /** A terminal, and the answers of its user. */
  answer?: boolean
  /** What the person answers to a question for a line. */
  line?: string
  signal?: AbortSignal
  /** Gets the programs that the command would run. None of them runs. */
  programs?: string[]
  /** Gets the output to stdout. */
  onStdout?: (text: string) => void
}

/** Runs `klaxon <args>` in this process. */
export async function runCli(args: readonly string[], world: CliWorld = {}): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const { env = {}, cwd = '/nowhere', store, stdin = [], answer, signal } = world
  const isTTY = answer !== undefined
  const context: Context = {
    env,
    cwd,
    isTTY: { stdin: isTTY, stdout: isTTY, stderr: isTTY },
    columns: 80,
    signal: signal ?? new AbortController().signal,
    stdout(text) {
      stdout += text
      world.onStdout?.(text)
    },
    stderr: (text) => void (stderr += text),
    stdin: async function* () {
      yield* stdin
    },
    style: (_format, text) => text,
    async confirm(question) {
      stderr += question
      return answer === true
    },
    async ask(question) {
      stderr += question
      return world.line ?? ''
    },
    async run(program, args) {
      world.programs?.push([program, ...args].join(' '))
      return 0
    },
    openDatabase: async (flags, use) =>
      store === undefined ? openDatabase(flags, context, use) : databaseOf(store),
  }
  const code = await main([...args], context)
  return { code, stdout, stderr }
}

function databaseOf(store: Store): Database {
  return { store, name: 'the test database', source: 'the test', close: async () => {} }
}
