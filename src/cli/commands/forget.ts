import { isMeant } from '../action-command.ts'
import { type Command, CommandError, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { argumentsOf, withReader } from '../with-reader.ts'

export const forgetCommand: Command = {
  name: 'forget',
  summary: 'delete what is recorded of a user',
  help: `klaxon forget --user <id> [options]

Deletes all occurrences of a user, and the title, search text and comments of issues that only this
user met. Counts stay. There is no way back.

  --user <id>        the user's id, as the option user gave it
  -y, --yes          do not ask
  --json[=fields]    how much was deleted, as JSON
${DATABASE_HELP}`,
  async run(args, context) {
    const { values, positionals } = argumentsOf(args, {
      user: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
    })
    const { user } = values
    if (user === undefined || user === '' || positionals.length > 0)
      throw new CommandError('name the user: klaxon forget --user <id>', EXIT.usage)
    return withReader(context, values, async ({ actions }, database) => {
      const question = `Delete everything of user ${JSON.stringify(user)} from ${database.name}?`
      if (!(await isMeant(context, values, { question, isBulk: true }))) {
        context.stderr('Cancelled. Nothing was deleted.\n')
        return EXIT.interrupted
      }
      const onProgress = (rows: number): void => {
        if (context.isTTY.stderr) context.stderr(`\r${rows.toLocaleString('en-US')} deleted …`)
      }
      const result = await actions.forgetUser(user, { onProgress, signal: context.signal })
      if (context.isTTY.stderr && result.occurrences > 0) context.stderr('\r')
      if (values.json === true) context.stdout(jsonLine(pick(result, values)))
      context.stderr(
        `Deleted ${result.occurrences} occurrences from ${database.name}; ${result.issues} issues were this user's alone.\n`,
      )
      return result.occurrences === 0 ? EXIT.notFound : EXIT.done
    })
  },
}
