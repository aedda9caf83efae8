import { KlaxonError } from './errors.ts'
import type { AlertOptions, EnvelopeOptions, KlaxonOptions, Notify } from './options.ts'
import { isPromise } from './seam.ts'
import type { Notifier } from './types.ts'

type Fits = (value: unknown) => boolean

/** What fits an option, what it must be in words, and likewise for its members. */
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
    // It is no name of a zone that this runtime knows.
    return false
  }
}

const FUNCTION: Rule = [isFunction, 'be a function']
const STRING: Rule = [isString, 'be a string']
/** Looked at elsewhere. */
const OTHER: Rule = [() => true, '']

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
}

const ALERTS: Record<keyof AlertOptions, Rule> = {
  when: FUNCTION,
  cooldownMs: [isCount, 'be milliseconds, a whole number from 0'],
  milestones: [
    (v) => isList(v, (n) => n !== 0 && isCount(n)),
    'be a list of counts such as [10, 100, 1000]',
  ],
  perMinute: [isCount, 'be a whole number from 0'],
}

const OPTIONS: Record<keyof KlaxonOptions, Rule> = {
  store: [
    (v) => hasMethods(v, 'write', 'settle'),
    'be a Store such as libsql({ url }) or memory()',
  ],
  notify: OTHER,
  envelope: [
    (v) => typeof v === 'boolean' || isObject(v),
    'be true, false or { paths, methods, format }',
    ENVELOPE,
  ],
  capture: FUNCTION,
  onError: FUNCTION,
  rethrow: [(v) => typeof v === 'boolean', 'be true or false'],
  user: FUNCTION,
  clientIp: FUNCTION,
  trustProxy: [isCount, 'be how many proxies to trust, a whole number from 0'],
  route: FUNCTION,
  fingerprint: FUNCTION,
  redact: OTHER,
  environment: STRING,
  release: STRING,
  timeZone: [isTimeZone, 'be an IANA name such as "Europe/Berlin"'],
  alerts: [
    (v) => v === 'every' || isObject(v),
    'be "every" or { when, cooldownMs, milestones, perMinute }',
    ALERTS,
  ],
  fallback: [
    (v) => hasMethods(v, 'put') || hasMethods(v, 'write', 'settle'),
    'be queue(env.QUEUE), spool(path), a second Store, or an object with put(entries)',
  ],
  maxRowsPerMinute: [
    (v) => v === false || isCount(v),
    'be a whole number from 0, or false for no limit',
  ],
  log: [
    (v) => v === false || hasMethods(v, 'error', 'warn'),
    'have error() and warn() as console has, or be false',
  ],
}

function fail(what: string): never {
  throw new KlaxonError(`klaxon: ${what}`, { code: 'BAD_OPTION' })
}

function bad(option: string, mend: string): never {
  fail(`option \`${option}\` ${mend}`)
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
    if (!fits(value)) bad(path + name, `must ${must}; got ${show(value)}`)
    if (members !== undefined) check(value, members, `${name}.`)
  }
}

/**
 * Checks what can be checked without a request.
 * @throws KlaxonError that names the option and the mend
 */
export function validate(options: unknown): asserts options is KlaxonOptions {
  if (isPromise(options)) {
    fail('options must not be a promise: make the function of env synchronous')
  }
  if (!isObject(options)) {
    fail(`options must be an object, or a function of env that returns one; got ${show(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(OPTIONS, key)) {
      bad(key, `is unknown; the options are ${Object.keys(OPTIONS).join(', ')}`)
    }
  }
  check(options, OPTIONS)
  const { notify, envelope } = options as KlaxonOptions
  validateNotify(notify)
  validateSegments(envelope)
}

/** `notify` as a list, whatever form it was given in. */
export function notifyList(notify: KlaxonOptions['notify']): readonly Notify[] {
  if (notify === undefined) return []
  return Array.isArray(notify) ? (notify as readonly Notify[]) : [notify as Notify]
}

/** The notifier of an element of `notify`. */
export function notifierOf(notify: Notify): Notifier {
  return 'to' in notify ? notify.to : notify
}

function validateNotify(notify: KlaxonOptions['notify']): void {
  const names = new Set<string>()
  for (const item of notifyList(notify)) {
    const notifier: Partial<Notifier> | undefined = isObject(item) ? notifierOf(item) : undefined
    if (!hasMethods(notifier, 'send') || !isString(notifier?.name) || notifier.name === '') {
      bad(
        'notify',
        `must be a Notifier such as slack({ webhookUrl }), or a list of them; got ${show(item)}`,
      )
    }
    if ('to' in item && !isFunction(item.when)) {
      bad('notify', 'with `to` needs `when`, a function of the issue that returns true or false')
    }
    if (names.has(notifier.name)) {
      bad('notify', `has two channels named "${notifier.name}"; give each its own \`name\``)
    }
    names.add(notifier.name)
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
