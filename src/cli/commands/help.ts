import { type Command, CommandError, EXIT } from '../command.ts'
import { commands } from '../commands.ts'

const HELP_INTRO = `klaxon records the failures of a fetch handler in your own database.

Usage: klaxon <command> [options]

`
const OUTRO = `
\`klaxon <command> --help\` says more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found,
4 no database or wrong credentials, 5 partly done, 10 something matched (--exit-code), 130 interrupted.
`

export const helpCommand: Command = {
  name: 'help',
  summary: 'list the commands, or explain one',
  help: 'klaxon help [command]\n\nLists the commands, or prints the help of one.\n',
  async run([name], context) {
    if (name !== undefined) {
      const load = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (load === undefined) throw new CommandError(`there is no command "${name}"`, EXIT.usage)
      context.stdout((await load()).help)
      return EXIT.done
    }
    // A command whose package is not installed is listed without its summary.
    const loaded = await Promise.allSettled(Object.values(commands).map((load) => load()))
    const lines = Object.keys(commands).map((key, at) => {
      const command = loaded[at]!
      const summary = command.status === 'fulfilled' ? command.value.summary : 'needs drizzle-orm'
      return `  ${context.style('bold', key.padEnd(13))} ${summary}\n`
    })
    context.stdout(HELP_INTRO + lines.join('') + OUTRO)
    return EXIT.done
  },
}
