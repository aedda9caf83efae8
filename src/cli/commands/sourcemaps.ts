import { type Command, CommandError, DATABASE_HELP, EXIT } from '../command.ts'
import { check } from './sourcemaps/check.ts'
import { deleteRelease } from './sourcemaps/delete.ts'
import { list } from './sourcemaps/list.ts'
import { upload } from './sourcemaps/upload.ts'

const SUBCOMMANDS = new Map<string, Command['run']>([
  ['upload', upload],
  ['list', list],
  ['check', check],
  ['delete', deleteRelease],
])

export const sourcemapsCommand: Command = {
  name: 'sourcemaps',
  summary: 'upload, list, check and delete source maps',
  help: `klaxon sourcemaps upload <folder…> | list | check <folder…> | delete

Stacks are shown in your own lines where the maps of their release are uploaded. They are looked up
when they are shown, so an upload after the first error is as good as one before it.

  WRANGLER_OUTPUT_FILE_PATH=.wrangler/out.ndjson npx wrangler deploy --minify --outdir dist
  npx klaxon sourcemaps upload dist --wrangler-output .wrangler/out.ndjson

  upload <folder…>   send the maps of a build; the same build again sends nothing
  list [--json]      the releases that have maps
  check <folder…>    write nothing; say which maps there are, and with a database how many frames of
                     the last failures they resolve. Ends with 1 when nothing resolves
  delete --release <r> [--yes]

Release, as klaxon records it: the option \`release\`, else CF_VERSION_METADATA.id
  --release <r>              else
  --wrangler-output <file>   the version id that wrangler deploy wrote there, else
  KLAXON_RELEASE

Upload
  --root <folder>    the project's folder; sources are shown from there. Default: the current one
  --no-sources       store places and names, and no line of your sources
  --dry-run          say what would be sent, and send nothing

  --maps-db <url>    a database for maps alone, with KLAXON_MAPS_AUTH_TOKEN; also KLAXON_MAPS_URL
${DATABASE_HELP}`,
  async run(args, context) {
    const [word, ...rest] = args
    const subcommand = SUBCOMMANDS.get(word ?? '')
    if (subcommand) return subcommand(rest, context)
    const what = word === undefined ? 'say what to do' : `there is no "sourcemaps ${word}"`
    const words = [...SUBCOMMANDS.keys()].join(', ')
    throw new CommandError(`${what}: ${words}. Try \`klaxon sourcemaps --help\`.`, EXIT.usage)
  },
}
