import { type Command, DATABASE_HELP, EXIT } from '../command.ts'
import { personOf } from '../action-command.ts'
import { serveMcp } from '../mcp/server.ts'
import { toolsOf } from '../mcp/tools.ts'
import { reportOptions } from '../output/frames.ts'
import { argumentsOf, withReader } from '../with-reader.ts'
import { packageVersion } from './version.ts'

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'let a coding agent read issues (Model Context Protocol)',
  help: `klaxon mcp [options]

Answers a coding agent over standard input and output, by the Model Context Protocol: it lists
issues, shows occurrences with their frames, and finds ids. In the agent's configuration:

  { "mcpServers": { "klaxon": { "command": "npx", "args": ["klaxon", "mcp"] } } }

  --allow-write      also let it resolve, reopen, ignore, mute and comment
${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = argumentsOf(args, { 'allow-write': { type: 'boolean' } })
    const allowWrite = values['allow-write'] === true
    return withReader(context, values, async (reader, database) => {
      let agent = 'a coding agent'
      const tools = toolsOf({
        reader,
        allowWrite,
        who: () => `${agent} for ${personOf(context)}`,
        mapFrames: (occurrence) =>
          reportOptions(context, occurrence, { database, flags: values, lines: 5 }),
      })
      const onClient = (name: string): void => {
        if (name !== '') agent = name.slice(0, 60)
      }
      context.stderr(`Answering for ${database.name}${allowWrite ? '' : ', reading only'}.\n`)
      await serveMcp(
        { tools, version: await packageVersion(), onClient },
        { lines: context.stdin(), write: (line) => context.stdout(`${line}\n`) },
      )
      return EXIT.done
    })
  },
}
