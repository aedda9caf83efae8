import type { ParseArgsOptionsConfig } from 'node:util'
import type { ActionOptions, ActionResult, Actions, Target } from '../read/types.ts'
import { visible } from '../util/safe-text.ts'
import { type Command, CommandError, type Context, DATABASE_HELP, EXIT } from './command.ts'
import { jsonLine, pick } from './output/json.ts'
import { argumentsOf, withReader } from './with-reader.ts'

/** Values of a command's options. */
export type Values = Record<string, string | boolean | undefined>

interface ActionSpec {
  name: string
  summary: string
  /** The arguments in the first line of the help. */
  usage: string
  /** Description and options, for the help. */
  words: string
  /** The verb and its participle: `Resolve`, `Resolved`. */
  verb: string
  done: string
  options?: ParseArgsOptionsConfig
  /** Validates the options before the database is opened. */
  prepare?(values: Values): void
  act(
    actions: Actions,
    target: Target,
    values: Values,
    options: ActionOptions,
  ): Promise<ActionResult>
}

const ACTION_OPTIONS = {
  query: { type: 'string' },
  comment: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
} as const

/** Makes a command that changes issues: by reference, or all that match a query. */
export function actionCommand(spec: ActionSpec): Command {
  return {
    name: spec.name,
    summary: spec.summary,
    help: `klaxon ${spec.name} ${spec.usage}

${spec.words}
  --query <query>    all issues that match, at most 1,000; needs --yes where no person can answer
  --comment <text>   is kept in the history with it
  -y, --yes          do not ask
  --json[=fields]    what was changed, as JSON
A reference is a fingerprint, the start of one, or an error id. Ends with 3 when nothing is found,
with 5 when a part is done.

${DATABASE_HELP}`,
    run: (args, context) => run(spec, args, context),
  }
}

async function run(spec: ActionSpec, args: string[], context: Context): Promise<number> {
  const { values: all, positionals } = argumentsOf(args, { ...ACTION_OPTIONS, ...spec.options })
  const values = all as Values
  const query = values['query'] as string | undefined
  if ((positionals.length === 0) === (query === undefined))
    throw new CommandError(
      `name issues, or all that match: klaxon ${spec.name} <fingerprint …> or --query <query>`,
      EXIT.usage,
    )
  spec.prepare?.(values)
  return withReader(context, all, async ({ actions }, database) => {
    const what = query === undefined ? plural(positionals.length) : `all issues of "${query}"`
    const question = `${spec.verb} ${visible(what)} in ${database.name}?`
    if (!(await isMeant(context, values, { question, isBulk: query !== undefined }))) {
      context.stderr('Cancelled. Nothing was changed.\n')
      return EXIT.interrupted
    }
    const comment = values['comment'] as string | undefined
    const target = query === undefined ? positionals : { query }
    const result = await spec.act(actions, target, values, {
      who: personOf(context),
      ...(comment === undefined ? {} : { comment }),
    })
    if (values['json'] === true)
      context.stdout(jsonLine(pick(result, { fields: values['fields'] as string | undefined })))
    else for (const fingerprint of result.changed) context.stdout(`${visible(fingerprint)}\n`)
    explain(spec, result, context, database.name)
    return exitCode(result)
  })
}

/** Whether a person or --yes confirms the action. */
export async function isMeant(
  context: Context,
  values: Values,
  { question, isBulk }: { question: string; isBulk: boolean },
): Promise<boolean> {
  if (values['yes'] === true) return true
  const canAsk = context.isTTY.stdin && context.isTTY.stderr
  if (canAsk) return context.confirm(question)
  if (isBulk) throw new CommandError(`${question} Add --yes.`, EXIT.usage)
  return true
}

/** The person at the terminal, for the history. */
export function personOf({ env }: Context): string {
  return env['KLAXON_USER'] || env['USER'] || env['USERNAME'] || 'the command line'
}

function plural(count: number): string {
  return count === 1 ? '1 issue' : `${count} issues`
}

function explain(spec: ActionSpec, result: ActionResult, context: Context, name: string): void {
  const { changed, missing, skipped, more } = result
  if (changed.length > 0) context.stderr(`${spec.done} ${plural(changed.length)} in ${name}.\n`)
  for (const ref of missing) context.stderr(`klaxon: there is no issue ${visible(ref)}\n`)
  for (const { fingerprint, why } of skipped)
    context.stderr(`klaxon: ${visible(fingerprint)} was left alone: ${why}\n`)
  if (more) context.stderr('klaxon: more than 1,000 match; run it again for the rest\n')
}

function exitCode({ changed, missing, skipped, more }: ActionResult): number {
  if (more || (missing.length > 0 && changed.length + skipped.length > 0)) return EXIT.partlyDone
  if (changed.length === 0 && skipped.length === 0) return EXIT.notFound
  return EXIT.done
}
