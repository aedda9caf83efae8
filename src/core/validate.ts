import { KlaxonError } from './errors.ts'
import type { KlaxonOptions, Notify } from './options.ts'
import { isPromise } from './seam.ts'
import type { Notifier } from './types.ts'

const KNOWN = [
  'store',
  'notify',
  'envelope',
  'capture',
  'onError',
  'rethrow',
  'user',
  'clientIp',
  'trustProxy',
  'route',
  'fingerprint',
  'redact',
  'environment',
  'release',
  'timeZone',
  'alerts',
  'fallback',
  'maxRowsPerMinute',
  'log',
] as const satisfies readonly (keyof KlaxonOptions)[]

const FUNCTIONS = ['capture', 'onError', 'user', 'clientIp', 'route', 'fingerprint'] as const

function bad(option: string, mend: string): never {
  throw new KlaxonError(`klaxon: option \`${option}\` ${mend}`, { code: 'BAD_OPTION' })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function hasMethods(value: unknown, ...methods: string[]): boolean {
  return isObject(value) && methods.every((method) => typeof value[method] === 'function')
}

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`
  if (Array.isArray(value)) return 'an array'
  return isObject(value) ? 'an object' : String(value)
}

/**
 * Checks what can be checked without a request.
 * @throws KlaxonError that names the option and the mend
 */
export function validate(options: unknown): asserts options is KlaxonOptions {
  if (isPromise(options)) {
    throw new KlaxonError(
      'klaxon: options must not be a promise: make the function of env synchronous',
      {
        code: 'BAD_OPTION',
      },
    )
  }
  if (!isObject(options)) {
    throw new KlaxonError(
      `klaxon: options must be an object, or a function of env that returns one; got ${show(options)}`,
      { code: 'BAD_OPTION' },
    )
  }
  for (const key of Object.keys(options)) {
    if (!(KNOWN as readonly string[]).includes(key)) {
      bad(key, `is unknown; the options are ${KNOWN.join(', ')}`)
    }
  }
  const o = options as KlaxonOptions
  if (o.store !== undefined && !hasMethods(o.store, 'write', 'settle')) {
    bad('store', `must be a Store such as libsql({ url }) or memory(); got ${show(o.store)}`)
  }
  for (const key of FUNCTIONS) {
    if (o[key] !== undefined && typeof o[key] !== 'function')
      bad(key, `must be a function; got ${show(o[key])}`)
  }
  for (const key of ['environment', 'release'] as const) {
    if (o[key] !== undefined && typeof o[key] !== 'string')
      bad(key, `must be a string; got ${show(o[key])}`)
  }
  if (o.rethrow !== undefined && typeof o.rethrow !== 'boolean')
    bad('rethrow', `must be true or false; got ${show(o.rethrow)}`)
  if (o.trustProxy !== undefined && !isCount(o.trustProxy)) {
    bad(
      'trustProxy',
      `must be how many proxies to trust, a whole number from 0; got ${show(o.trustProxy)}`,
    )
  }
  if (
    o.maxRowsPerMinute !== undefined &&
    o.maxRowsPerMinute !== false &&
    !isCount(o.maxRowsPerMinute)
  ) {
    bad(
      'maxRowsPerMinute',
      `must be a whole number from 0, or false for no limit; got ${show(o.maxRowsPerMinute)}`,
    )
  }
  if (
    o.fallback !== undefined &&
    !hasMethods(o.fallback, 'put') &&
    !hasMethods(o.fallback, 'write', 'settle')
  ) {
    bad(
      'fallback',
      `must be queue(env.QUEUE), spool(path), a second Store, or an object with put(entries); got ${show(o.fallback)}`,
    )
  }
  if (o.log !== undefined && o.log !== false && !hasMethods(o.log, 'error', 'warn')) {
    bad('log', `must have error() and warn() as console has, or be false; got ${show(o.log)}`)
  }
  validateTimeZone(o.timeZone)
  validateNotify(o.notify)
  validateEnvelope(o.envelope)
  validateAlerts(o.alerts)
}

function isCount(value: unknown): boolean {
  return (
    typeof value === 'number' && (Number.isSafeInteger(value) || value === Infinity) && value >= 0
  )
}

function validateTimeZone(timeZone: unknown): void {
  if (timeZone === undefined) return
  try {
    if (typeof timeZone !== 'string') throw new TypeError('not a string')
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    bad('timeZone', `must be an IANA name such as "Europe/Berlin"; got ${show(timeZone)}`)
  }
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
    if (
      !hasMethods(notifier, 'send') ||
      typeof notifier?.name !== 'string' ||
      notifier.name === ''
    ) {
      bad(
        'notify',
        `must be a Notifier such as slack({ webhookUrl }), or a list of them; got ${show(item)}`,
      )
    }
    if ('to' in item && typeof item.when !== 'function') {
      bad('notify', 'with `to` needs `when`, a function of the issue that returns true or false')
    }
    if (names.has(notifier.name)) {
      bad('notify', `has two channels named "${notifier.name}"; give each its own \`name\``)
    }
    names.add(notifier.name)
  }
}

function validateEnvelope(envelope: KlaxonOptions['envelope']): void {
  if (envelope === undefined || typeof envelope === 'boolean') return
  if (!isObject(envelope))
    bad('envelope', `must be true, false or { paths, methods, format }; got ${show(envelope)}`)
  const { paths, methods, format } = envelope
  if (paths !== undefined && typeof paths !== 'function' && !isStrings(paths)) {
    bad(
      'envelope.paths',
      `must be a list of path segments such as ["api"], or a function of the path; got ${show(paths)}`,
    )
  }
  const segments = Array.isArray(paths) ? (paths as readonly string[]) : []
  const segment = segments.find((s) => s === '' || s.includes('/'))
  if (segment !== undefined) {
    bad(
      'envelope.paths',
      `takes single segments without "/"; got ${show(segment)}: use a function for more`,
    )
  }
  if (methods !== undefined && !isStrings(methods)) {
    bad(
      'envelope.methods',
      `must be a list of methods such as ["GET", "POST"]; got ${show(methods)}`,
    )
  }
  if (
    format !== undefined &&
    format !== 'envelope' &&
    format !== 'problem' &&
    typeof format !== 'function'
  ) {
    bad('envelope.format', `must be "envelope", "problem" or a function; got ${show(format)}`)
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function validateAlerts(alerts: KlaxonOptions['alerts']): void {
  if (alerts === undefined || alerts === 'every') return
  if (!isObject(alerts))
    bad(
      'alerts',
      `must be "every" or { when, cooldownMs, milestones, perMinute }; got ${show(alerts)}`,
    )
  const { when, cooldownMs, milestones, perMinute } = alerts
  if (when !== undefined && typeof when !== 'function')
    bad('alerts.when', `must be a function; got ${show(when)}`)
  if (cooldownMs !== undefined && !isCount(cooldownMs)) {
    bad('alerts.cooldownMs', `must be milliseconds, a whole number from 0; got ${show(cooldownMs)}`)
  }
  if (perMinute !== undefined && !isCount(perMinute)) {
    bad('alerts.perMinute', `must be a whole number from 0; got ${show(perMinute)}`)
  }
  if (
    milestones !== undefined &&
    !(Array.isArray(milestones) && milestones.every((n) => isCount(n) && n > 0))
  ) {
    bad(
      'alerts.milestones',
      `must be a list of counts such as [10, 100, 1000]; got ${show(milestones)}`,
    )
  }
}
