import { badOption, KlaxonError } from '../model/klaxon-error.ts'
import type {
  AlertOptions,
  BreadcrumbOptions,
  EnvelopeOptions,
  KlaxonOptions,
  Notify,
  RetentionOptions,
} from './options.ts'
import { MIN_LOG_KEY_LENGTH } from '../model/log-record.ts'
import { durationMs } from '../util/duration.ts'
import { isPromise } from '../util/guards.ts'
import type { Channel } from '../model/channel.ts'

type Fits = (value: unknown) => boolean

/**
 * Whether a value fits an option, what the option must be in words, and the rules of its members.
 */
type Rule = readonly [fits: Fits, must: string, members?: Rules]
type Rules = Readonly<Record<string, Rule>>

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null
const isFunction = (v: unknown): boolean => typeof v === 'function'
const isString = (v: unknown): v is string => typeof v === 'string'
const isCount = (v: unknown): boolean =>
  typeof v === 'number' && (Number.isSafeInteger(v) || v === Infinity) && v >= 0
const isList = (v: unknown, fits: Fits): boolean => Array.isArray(v) && v.every(fits)
const hasMethods = (v: unknown, ...methods: string[]): boolean =>
  isObject(v) && methods.every((method) => isFunction(v[method]))

function isTimeZone(value: unknown): boolean {
  try {
    return isString(value) && Boolean(new Intl.DateTimeFormat('en', { timeZone: value }))
  } catch {
    // This runtime does not know the name.
    return false
  }
}

const FUNCTION_RULE: Rule = [isFunction, 'be a function']
const BOOLEAN_RULE: Rule = [(v) => typeof v === 'boolean', 'be true or false']
const COUNT_RULE: Rule = [isCount, 'be a whole number from 0']
const STRING_RULE: Rule = [isString, 'be a string']
const ROWS_RULE: Rule = [
  (v) => v === false || isCount(v),
  'be a whole number from 0, or false for no limit',
]
/** Accepts everything. Another function validates it. */
const UNCHECKED_RULE: Rule = [() => true, '']

const ENVELOPE: Record<keyof EnvelopeOptions, Rule> = {
  paths: [
    (v) => isFunction(v) || isList(v, isString),
    'be a list of path segments such as ["api"], or a function of the path',
  ],
  methods: [(v) => isList(v, isString), 'be a list of methods such as ["GET", "POST"]'],
  format: [
    (v) => v === 'envelope' || v === 'problem' || isFunction(v),
    'be "envelope", "problem" or a function',
  ],
  text: BOOLEAN_RULE,
}

const ALERTS: Record<keyof AlertOptions, Rule> = {
  when: FUNCTION_RULE,
  minStatus: [isCount, 'be a status such as 500'],
  cooldownMs: [isCount, 'be milliseconds, a whole number from 0'],
  milestones: [
    (v) => isList(v, (n) => n !== 0 && isCount(n)),
    'be a list of counts such as [10, 100, 1000]',
  ],
  perMinute: COUNT_RULE,
}

const BREADCRUMBS: Record<keyof BreadcrumbOptions, Rule> = {
  console: BOOLEAN_RULE,
  fetch: BOOLEAN_RULE,
  most: [(v) => isCount(v) && (v as number) <= 100, 'be a whole number from 0 to 100'],
}

const DAYS: Rule = [isCount, 'be a whole number of days from 0']

const RETENTION: Record<keyof RetentionOptions, Rule> = {
  days: DAYS,
  rows: [isCount, 'be a whole number of rows from 0'],
  issueDays: DAYS,
  historyDays: DAYS,
}

function members(rules: Rules): string {
  return `{ ${Object.keys(rules).join(', ')} }`
}

function isJob(value: unknown): boolean {
  if (!isObject(value)) return false
  const { every, grace = '0s' } = value
  return durationMs(every) >= 60_000 && durationMs(grace) >= 0
}

const OPTION_RULES: Record<keyof KlaxonOptions, Rule> = {
  store: [
    (v) => hasMethods(v, 'write', 'settle'),
    'be a Store such as libsql({ url }) or memory()',
  ],
  notify: UNCHECKED_RULE,
  envelope: [
    (v) => typeof v === 'boolean' || isObject(v),
    `be true, false or ${members(ENVELOPE)}`,
    ENVELOPE,
  ],
  capture: FUNCTION_RULE,
  onError: FUNCTION_RULE,
  rethrow: BOOLEAN_RULE,
  user: FUNCTION_RULE,
  clientIp: FUNCTION_RULE,
  trustProxy: [isCount, 'be how many proxies to trust, a whole number from 0'],
  route: FUNCTION_RULE,
  fingerprint: FUNCTION_RULE,
  redact: UNCHECKED_RULE,
  service: STRING_RULE,
  environment: STRING_RULE,
  release: STRING_RULE,
  timeZone: [isTimeZone, 'be an IANA name such as "Europe/Berlin"'],
  alerts: [
    (v) => v === 'every' || v === 'quiet' || isObject(v),
    `be "every", "quiet" or ${members(ALERTS)}`,
    ALERTS,
  ],
  retention: [isObject, `be ${members(RETENTION)}`, RETENTION],
  dashboard: [
    (v) => isString(v) && /^https?:\/\//i.test(v),
    'be an address such as "https://example.com/klaxon"',
  ],
  traceUrl: FUNCTION_RULE,
  sourceMaps: [(v) => hasMethods(v, 'map'), 'be sourceMaps() of klaxon/sourcemaps'],
  fallback: [
    (v) => hasMethods(v, 'put') || hasMethods(v, 'write', 'settle'),
    'be queue(env.QUEUE), spool(path), a second Store, or an object with put(entries)',
  ],
  context: BOOLEAN_RULE,
  breadcrumbs: [isObject, `be ${members(BREADCRUMBS)}`, BREADCRUMBS],
  maxRowsPerMinute: ROWS_RULE,
  rowsPerIssueAnHour: ROWS_RULE,
  heartbeats: [
    (v) => isObject(v) && Object.values(v).every(isJob),
    'be jobs by name, such as { import: { every: "1d", grace: "1h" } }, each at least a minute apart',
  ],
  maintain: BOOLEAN_RULE,
  logKey: [
    (v) => isString(v) && v.length >= MIN_LOG_KEY_LENGTH,
    `be a secret of at least ${MIN_LOG_KEY_LENGTH} characters`,
  ],
  log: [
    (v) => v === false || hasMethods(v, 'error', 'warn'),
    'have error() and warn() as console has, or be false',
  ],
}

function fail(what: string): never {
  throw new KlaxonError(`klaxon: options must ${what}`, { code: 'BAD_OPTION' })
}

function bad(option: string, fix: string): never {
  throw badOption(option, fix)
}

function show(value: unknown): string {
  if (isString(value)) return `"${value.slice(0, 40)}"`
  if (Array.isArray(value)) return 'an array'
  return isObject(value) ? 'an object' : String(value)
}

function check(values: unknown, rules: Rules, path = ''): void {
  for (const [name, [fits, must, members]] of Object.entries(rules)) {
    const value = (values as Record<string, unknown>)[name]
    if (value === undefined) continue
    // The message must not show a secret.
    const got = name === 'logKey' ? '' : `; got ${show(value)}`
    if (!fits(value)) bad(path + name, `must ${must}${got}`)
    if (members !== undefined) check(value, members, `${name}.`)
  }
}

/**
 * Validates the options as far as it can without a request.
 * @throws KlaxonError that names the option and the fix
 */
export function validate(options: unknown): asserts options is KlaxonOptions {
  if (isPromise(options)) {
    fail('not be a promise: make the function of env synchronous')
  }
  if (!isObject(options)) {
    fail(`be an object, or a function of env that returns one; got ${show(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(OPTION_RULES, key)) {
      bad(key, `is unknown; the options are ${Object.keys(OPTION_RULES).join(', ')}`)
    }
  }
  check(options, OPTION_RULES)
  const { notify, envelope, fallback } = options as KlaxonOptions
  if (fallback !== undefined && 'problem' in fallback && fallback.problem !== undefined)
    bad('fallback', fallback.problem)
  validateNotify(notify)
  validateSegments(envelope)
}

/**
 * `notify` as a list, without the channels that miss a required option.
 */
export function notifyList(notify: KlaxonOptions['notify']): readonly Notify[] {
  return everyChannel(notify).filter((item) => channelOf(item).missing === undefined)
}

/** Channels that miss a required option, named by their `missing`. */
export function missingChannels(notify: KlaxonOptions['notify']): readonly Channel[] {
  return everyChannel(notify)
    .map(channelOf)
    .filter(({ missing }) => missing !== undefined)
}

function everyChannel(notify: KlaxonOptions['notify']): readonly Notify[] {
  if (notify === undefined) return []
  return Array.isArray(notify) ? (notify as readonly Notify[]) : [notify as Notify]
}

/** The channel of an element of `notify`. */
export function channelOf(notify: Notify): Channel {
  return 'to' in notify ? notify.to : notify
}

function validateNotify(notify: KlaxonOptions['notify']): void {
  const names = new Set<string>()
  for (const item of everyChannel(notify)) {
    const channel: Partial<Channel> | undefined = isObject(item) ? channelOf(item) : undefined
    if (!hasMethods(channel, 'send') || !isString(channel?.name) || channel.name === '') {
      bad(
        'notify',
        `must be a channel such as slack({ webhookUrl }), or a list of them; got ${show(item)}`,
      )
    }
    if ('to' in item && !isFunction(item.when)) {
      bad('notify', 'with `to` needs `when`, a function of the issue that returns true or false')
    }
    if (names.has(channel.name)) {
      bad('notify', `has two channels named "${channel.name}"; give each its own \`name\``)
    }
    names.add(channel.name)
  }
}

function validateSegments(envelope: KlaxonOptions['envelope']): void {
  const paths = typeof envelope === 'object' ? envelope.paths : undefined
  if (typeof paths !== 'object') return
  const segment = paths.find((s) => s === '' || s.includes('/'))
  if (segment !== undefined) {
    bad(
      'envelope.paths',
      `takes single segments without "/"; got ${show(segment)}: use a function for more`,
    )
  }
}
