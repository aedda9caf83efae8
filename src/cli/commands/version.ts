import { readFile } from 'node:fs/promises'
import { type Command, EXIT } from '../command.ts'

/** The version in the package's own manifest. */
export async function packageVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

export const versionCommand: Command = {
  name: 'version',
  summary: 'print the version of klaxon',
  help: 'klaxon version\n\nPrints the version of klaxon.\n',
  async run(_args, context) {
    context.stdout(`${await packageVersion()}\n`)
    return EXIT.done
  },
}
