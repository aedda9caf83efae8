import type { styleText } from 'node:util'
import type { Store } from '../model/store.ts'

/** Exit codes of commands. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  credentials: 4,
  partlyDone: 5,
  matched: 10,
  interrupted: 130,
} as const

/** Ends a command. The message goes to stderr, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A command, which is one word after `klaxon`. `commands.ts` lists them. */
export interface Command {
  name: string
  /** One line for `klaxon help`. */
  summary: string
  /** The whole text of `klaxon <name> --help`. */
  help: string
  /**
   * @param args the arguments after the command's name
   * @returns the exit code
   * @throws CommandError, StoreError, KlaxonError, or what `parseArgs` throws: main.ts explains
   *   them
   */
  run(args: string[], context: Context): Promise<number>
}

/** Everything outside the program that a command may use. context.ts makes it from `process`. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  /** Width of the terminal; 80 when stdout is no terminal. */
  readonly columns: number
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Writes data to stdout. */
  stdout(text: string): void
  /** Resolves when stdout takes more, so that a slow reader does not fill the memory. */
  drained?(): Promise<void>
  /** Writes words for a person to stderr. */
  stderr(text: string): void
  /** Standard input as lines. */
  stdin(): AsyncIterable<string>
  /** Colours text for stdout. Text stays plain in a pipe and with `NO_COLOR`. */
  style: (format: Parameters<typeof styleText>[0], text: string) => string
  /** Asks for yes or no on stderr. false when no person can answer. */
  confirm(question: string): Promise<boolean>
  /** Asks on stderr for a line. Empty where no person can answer. */
  ask(question: string): Promise<string>
  /** Runs a program. Its output goes to stderr. @returns its exit code */
  run(program: string, args: readonly string[], cwd: string): Promise<number>
  /**
   * The database of the flags, of the wrangler config, or of the environment. The caller closes it.
   * @throws CommandError when there is none
   */
  openDatabase(flags: DatabaseFlags, use?: DatabaseUse): Promise<Database>
}

export interface DatabaseUse {
  /**
   * Whether a missing file and missing tables are made. Without it a typo makes no database, and a
   * newer command line changes no tables of a deployed service.
   */
  creates?: boolean
}

export interface Database {
  store: Store
  /** For messages: `D1 "klaxon" (local)`, `libsql://name-org.turso.io`. Contains no secret. */
  name: string
  /** The source of the configuration, such as `LIBSQL_URL in .dev.vars`. */
  source: string
  /** Whether it is a file that is not there yet. */
  isMissing?: boolean
  close(): Promise<void>
}

/** Values of DATABASE_OPTIONS. */
export interface DatabaseFlags {
  db?: string | undefined
  remote?: boolean | undefined
  binding?: string | undefined
  config?: string | undefined
  env?: string | undefined
  'env-file'?: string | undefined
}

/**
 * For `parseArgs({ options: { ...DATABASE_OPTIONS } })` in every command that opens the database.
 */
export const DATABASE_OPTIONS = {
  db: { type: 'string' },
  remote: { type: 'boolean' },
  binding: { type: 'string' },
  config: { type: 'string', short: 'c' },
  env: { type: 'string', short: 'e' },
  'env-file': { type: 'string' },
} as const

/** For the help of every command that opens the database. */
export const DATABASE_HELP = `Database
  --db <url>         libsql://…, https://…, http://… or file:klaxon.db
  --remote           the deployed D1 database instead of the local one
  --binding <name>   the D1 binding, where the wrangler config has several
  -c, --config, -e, --env   the wrangler config and its environment
  --env-file <file>  read variables from here instead of .dev.vars and .env
  Without --db: the D1 binding of the wrangler config, else LIBSQL_URL (and LIBSQL_AUTH_TOKEN) from
  the environment, .dev.vars or .env, else the SQLite file KLAXON_PATH or klaxon.db of this project.
`
