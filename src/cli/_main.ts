import { KlaxonError } from '../model/klaxon-error.ts'
import { isStoreError } from '../model/store-error.ts'
import { type Command, CommandError, type Context, EXIT } from './command.ts'
import { commands } from './commands.ts'

const ALIASES: Record<string, string> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
}

/** Runs `klaxon <args>`. Never rejects: an error of a command is explained on stderr. */
export async function main(args: string[], context: Context): Promise<number> {
  const [word = 'help', ...rest] = args
  const name = ALIASES[word] ?? word
  try {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (load === undefined) return unknownCommand(word, context)
    const command = await load()
    if (rest.includes('--help') || rest.includes('-h')) {
      context.stdout(command.help)
      return EXIT.done
    }
    return await untilInterrupted(command, rest, context)
  } catch (error) {
    if (context.signal.aborted) return EXIT.interrupted
    const { message, exitCode } = explain(error, name)
    context.stderr(`klaxon: ${message}\n`)
    return exitCode
  }
}

/** Ends at Ctrl-C, even when the command waits for a database. */
function untilInterrupted(command: Command, args: string[], context: Context): Promise<number> {
  const { signal } = context
  const { promise, resolve } = deferred<number>()
  const stop = (): void => resolve(EXIT.interrupted)
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([command.run(args, context), promise]).finally(() =>
    signal.removeEventListener('abort', stop),
  )
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}

function unknownCommand(word: string, context: Context): number {
  const near = Object.keys(commands).find((name) => name.startsWith(word.slice(0, 3)))
  const hint = near === undefined ? '' : ` Did you mean \`klaxon ${near}\`?`
  context.stderr(`klaxon: there is no command "${word}".${hint} \`klaxon help\` lists all.\n`)
  return EXIT.usage
}

/** The message and the exit code for an error of a command. */
export function explain(error: unknown, command: string): { message: string; exitCode: number } {
  if (error instanceof CommandError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (isStoreError(error)) {
    return { message, exitCode: error.failure === 'auth' ? EXIT.credentials : EXIT.failed }
  }
  if (error instanceof KlaxonError) return { message: withoutPrefix(message), exitCode: EXIT.usage }
  if (code?.startsWith('ERR_PARSE_ARGS'))
    return { message: `${message}. Try \`klaxon ${command} --help\`.`, exitCode: EXIT.usage }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return { message: missingModule(message), exitCode: EXIT.failed }
  return { message: error instanceof Error ? message : String(error), exitCode: EXIT.failed }
}

const withoutPrefix = (text: string): string => text.replace(/^klaxon: /, '')

function missingModule(message: string): string {
  const name = /'((?:@[^/']+\/)?[^/']+)/.exec(message)?.[1] ?? 'drizzle-orm'
  return `this needs ${name}: npm install ${name}`
}
