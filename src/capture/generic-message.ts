import type { Cause, Occurrence } from '../model/occurrence.ts'
import { lettersOf, normaliseMessage } from './normalise.ts'
import { quotedIn } from './quotes.ts'
import { KLAXON_FRAME, MIN_FUNCTION_NAME_LENGTH } from '../util/frames.ts'

/** Letters outside placeholders that a message needs to tell issues apart. */
const MIN_LETTERS = 8
/** Characters of a message in which names are searched. */
const MAX_NAMING_LENGTH = 2_048
/** Characters of an engine's message about broken JSON, which may quote the JSON. */
const MAX_ENGINE_MESSAGE_LENGTH = 512
/** Frames that are searched for a telling function name. */
const MAX_SEARCHED_FRAMES = 12

/**
 * Wordings of V8, JavaScriptCore and SpiderMonkey for common mistakes, and of runtimes for `fetch`.
 * Any program may have them.
 */
const ENGINE_WORDING = new RegExp(
  [
    'cannot (?:read|set|delete|define|redefine|add|assign|destructure|convert|access|mix) ',
    "can't (?:access|convert|define) ",
    'is not (?:a function|an object|a constructor|iterable|defined|callable|async iterable|extensible)',
    '^(?:undefined|null) is not ',
    'is (?:undefined|null)$',
    'before initialization',
    '^assignment to constant',
    '^invalid (?:array length|string length|time value|date|url|regular expression|count value|attempt)',
    '^(?:maximum call stack|too much recursion|out of memory)',
    '^converting circular structure',
    '^do not know how to serialize',
    '^failed to parse url',
    '^reduce of empty array',
    '^illegal (?:invocation|constructor)',
    '^(?:fetch failed|failed to fetch|load failed|network ?error|network connection lost|terminated|internal error|unknown error|something went wrong|bad request|unauthorized|forbidden|not found|validation (?:failed|error))\\b[.!]?$',
    '^the (?:operation|request) (?:was aborted|timed out|failed)',
    '^(?:this operation|the user) (?:was )?aborted',
    '^body (?:is unusable|has already been|already)',
    '^(?:unexpected|missing|unterminated|unclosed) ',
    '^request failed with status',
    '^invalid <v> invocation',
    '^failed query\\b',
    // Databases, which quote names of the schema. None of these quotes a value.
    '^(?:relation|column|table|schema|sequence) <v>(?: of relation <v>)? (?:does|already exists|doesn)',
    '\\bviolates (?:[a-z -]{1,20} constraint <v>|not-null constraint)',
    '^(?:unknown column|field <v> doesn)',
  ].join('|'),
  'i',
)

/**
 * Messages of `JSON.parse` and `response.json()` about broken JSON. The wording depends on the
 * JSON.
 */
const BROKEN_JSON =
  /\bJSON\b.*(?:position|input|token|parse|literal|property|escape|number|string|after)|not valid JSON|^JSON Parse error|^Unexpected (?:token|end of (?:JSON|input|data))|^Unterminated string|in JSON at/i

/** `Failed query:` of Drizzle, and statements that other drivers print. */
const TABLES = /\b(?:from|into|update|join|table)\s+["'`[]?([\w.$]{1,64})/gi

/**
 * Codes of systems and databases in the message of a cause: `ECONNREFUSED`,
 * `SQLITE_BUSY`, `UND_ERR_SOCKET`.
 */
const ERROR_CODE = /\b(?:E[A-Z]{3,20}|[A-Z][A-Z\d]{1,20}(?:_[A-Z\d]{1,20}){1,4})\b/

/** Quoted names that come from the source, as in `(reading 'email')`. */
const IDENTIFIER = /^[A-Za-z_$][\w$]{0,39}(?:\.[A-Za-z_$][\w$]{0,39}){0,4}(?:\(\))?$/

/**
 * Function names of runtimes, frameworks and libraries, which occur in the stacks of many issues.
 */
const COMMON_NAMES =
  /^(?:anonymous|eval|apply|call|bind|then|catch|finally|next|dispatch|compose|handle|handler|fetch|request|respond|response|emit|listener|safeParse|safeParseAsync|_?parse\w*|stringify|json|text|body|execute|query|queryWithCache|prepare|prepared|values|batch|transaction|run|iterator|map|forEach|reduce|filter|find|some|every|flatMap|sort|from|all|allSettled|race|resolve|reject|main|constructor|init|Object|Array|Function|Promise|process\w*|run(?:Micro|Next)\w*|on(?:Return|Throw|Outcome)|_on(?:Timeout|Immediate))$/
/** Files of runtimes and libraries. */
const LIBRARY_FRAME =
  /\bnode:|\(?native\)?$|<anonymous>\)?$|node_modules|\bcloudflare:|\bworkerd\b|\bext:|\binternal[:/]/
/** Frames of `dispatch`, with which Hono calls a handler. Below it are middlewares. */
const HONO_FRAME = /(?:^| )dispatch\d?(?: \(|@)/

export type Generic = Pick<Occurrence, 'errorName' | 'errorStack' | 'causes' | 'route' | 'method'>

/**
 * The fingerprint parts of a generic message, which alone would not tell two issues apart. null for
 * other messages.
 *
 * @param message the whole message, redacted
 * @param normalised the message with placeholders
 */
export function genericKey(o: Generic, message: string, normalised: string): unknown[] | null {
  if (
    o.errorName === 'SyntaxError' &&
    BROKEN_JSON.test(message.slice(0, MAX_ENGINE_MESSAGE_LENGTH))
  )
    return ['broken JSON', ...placeOf(o)]
  const isEngine = ENGINE_WORDING.test(normalised)
  if (!isEngine && lettersOf(normalised) >= MIN_LETTERS) return null
  const rest = [causeOf(o.causes), ...placeOf(o)]
  if (/^failed query\b/i.test(message)) return [...queryIn(message), ...rest]
  const source = message.slice(0, MAX_NAMING_LENGTH)
  if (/^\s*[[{]/.test(message)) return ['JSON', issueIn(source), ...rest]
  // Another short message may quote values, so nothing is read from it.
  return [normalised, isEngine ? namedIn(source) : [], ...rest]
}

/** The kind and the tables of a failed query. */
function queryIn(message: string): [string, string[]] {
  const tables = Array.from(message.slice(0, 8_192).matchAll(TABLES), (match) => match[1]!)
  const kind = /:\s*(\w{1,12})/.exec(message)?.[1] ?? ''
  return [`failed query ${kind}`, [...new Set(tables)].slice(0, 4)]
}

/** The properties that an engine's message names. */
function namedIn(message: string): string[] {
  return quotedIn(message).filter((name) => IDENTIFIER.test(name) && !/\d{2}/.test(name))
}

/**
 * The first issue of a list such as Zod's: its code, and its path without list indexes. For other
 * JSON, the names of the first members.
 */
function issueIn(json: string): (string | undefined)[] {
  const path = /"path":\s*\[([^\]]{0,256})/.exec(json)?.[1]
  if (path === undefined)
    return Array.from(json.matchAll(/"(\w{1,40})":/g), (match) => match[1]).slice(0, 4)
  return [/"code":\s*"(\w{1,40})"/.exec(json)?.[1], path.replace(/[\s\d]/g, '')]
}

function causeOf(causes: Cause[] | null): string | null {
  const cause = causes?.[0]
  if (cause === undefined) return null
  return (
    cause.code ??
    ERROR_CODE.exec(cause.message)?.[0] ??
    `${cause.name}: ${normaliseMessage(cause.message)}`
  )
}

/**
 * The first telling function name of the stack, which stays the same from build to build; else the
 * route.
 */
function placeOf({ errorStack, route, method }: Generic): (string | null)[] {
  const name = errorStack === null ? null : tellingName(errorStack)
  return name === null ? [method, route] : [name]
}

function tellingName(stack: string): string | null {
  const lines = stack.split('\n')
  let seen = 0
  let short: string | undefined
  for (const [at, line] of lines.entries()) {
    const name = nameIn(line)
    if (name === undefined) continue
    if (KLAXON_FRAME.test(line) || HONO_FRAME.test(line)) return null
    if (++seen > MAX_SEARCHED_FRAMES) return null
    if (name === null || LIBRARY_FRAME.test(line)) continue
    if (name.length < MIN_FUNCTION_NAME_LENGTH) short = name
    else if (!COMMON_NAMES.test(name)) {
      // A short name above and below: Hono's `dispatch`, minified, around a middleware.
      const isMiddleware =
        short !== undefined && lines.slice(at + 1).some((below) => nameIn(below) === short)
      return isMiddleware ? null : name
    }
  }
  return null
}

/**
 * The last part of a frame's function name; null for a frame without a name, undefined for another
 * line.
 */
function nameIn(line: string): string | null | undefined {
  const v8 = /^ {4}at (?:async )?(?:new )?([^()\s]{1,200}) (?:\[as [\w.]{1,80}\] )?\(/.exec(line)
  if (v8 !== null) return v8[1]!.split('.').at(-1)!.replace('#', '')
  if (/^ {4}at /.test(line)) return null
  // JavaScriptCore: `name@file:1:2`.
  const jsc = /^(?:async )?([^@\s]{0,200})@\S{1,400}:\d{1,9}:\d{1,9}$/.exec(line)
  return jsc === null ? undefined : jsc[1]!.split('.').at(-1)! || null
}
