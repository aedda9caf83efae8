import type { EnvelopeRules } from '../envelope/rewrite/respond.ts'
import { MIN_LOG_KEY_LENGTH } from '../model/log-record.ts'
import { COOLDOWN_MS, MAX_FIELD_BYTES, ALERTS_PER_MINUTE } from '../model/limits.ts'
import { createLogger, type Logger } from './logger.ts'
import { channelOf, missingChannels, notifyList } from './validate.ts'
import type { EnvelopeOptions, KlaxonOptions } from './options.ts'
import { createRedactor, type Redactor } from '../redact/redactor.ts'
import { MILESTONES } from '../model/limits.ts'
import { pathOf } from '../util/path-of.ts'
import { platform } from '../util/platform.ts'
import { type Platform } from '../util/platform.ts'
import type { AlertPolicy } from '../model/alert.ts'
import { cut } from '../util/safe-text.ts'
import { clock } from '../util/guards.ts'

export interface EnvelopeSetting extends EnvelopeRules {
  /** Whether the envelope covers a request's method and path. HEAD counts as GET. */
  covers: (request: Request) => boolean
}

/** The options with all defaults, resolved once per `env`. */
export interface Setup {
  options: KlaxonOptions
  envelope: EnvelopeSetting | null
  redactor: Redactor
  logger: Logger
  platform: Platform
  service: string | null
  environment: string | null
  release: string | null
  timeZone: string
  policy: AlertPolicy
  now: () => number
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Index at which a search in an `http://` URL starts, because no path begins earlier. The search
 * starts anew at each slash, and the scheme's two slashes would take half of its time.
 */
const PAST_SCHEME = 8

/**
 * Whether one of the segments occurs anywhere in a URL's path. It does not split the path, because
 * every request runs it.
 */
function hasSegment(segments: readonly string[]): (url: string) => boolean {
  const needles = segments.map((segment) => `/${segment}`)
  return (url) => {
    // A host's own Request may have a path instead of a URL.
    const from = url.charCodeAt(0) === 0x2f ? 0 : PAST_SCHEME
    for (const needle of needles) {
      // Most URLs do not contain the segment: skip cutting the path out.
      if (url.indexOf(needle, from) === -1) continue
      const pathname = pathOf(url)
      for (let at = pathname.indexOf(needle); at !== -1; at = pathname.indexOf(needle, at + 1)) {
        const end = at + needle.length
        if (end === pathname.length || pathname.charCodeAt(end) === 0x2f) return true
      }
    }
    return false
  }
}

function envelopeSetting(option: KlaxonOptions['envelope']): EnvelopeSetting | null {
  if (option === false) return null
  const {
    paths = ['api'],
    methods = METHODS,
    format = 'envelope',
    text = true,
  }: EnvelopeOptions = option === true || option === undefined ? {} : option
  const covered = new Set(methods.map((name) => name.toUpperCase()))
  if (covered.has('GET')) covered.add('HEAD')
  return { covers: covering(paths, covered), format, text }
}

function covering(
  paths: NonNullable<EnvelopeOptions['paths']>,
  methods: ReadonlySet<string>,
): EnvelopeSetting['covers'] {
  if (typeof paths === 'function') {
    // Compares with true: a promise, which is wrong here, would cover every path.
    return (request) => methods.has(request.method) && paths(pathOf(request.url)) === true
  }
  const inPath = hasSegment(paths)
  // The URL comes first: in workerd, reading the method costs more.
  return (request) => inPath(request.url) && methods.has(request.method)
}

function alertPolicy(alerts: KlaxonOptions['alerts']): AlertPolicy {
  if (alerts === 'every') return { every: true, cooldownMs: 0, milestones: [], perMinute: Infinity }
  const given = typeof alerts === 'object' ? alerts : {}
  const { cooldownMs = COOLDOWN_MS, milestones = MILESTONES, perMinute = ALERTS_PER_MINUTE } = given
  return {
    every: false,
    cooldownMs,
    milestones: [...milestones].toSorted((a, b) => a - b),
    perMinute,
    minStatus: given.minStatus ?? 0,
    quiet: alerts === 'quiet',
  }
}

/** A text of the env; null when it is missing, empty or not a text. */
function textOf(env: unknown, key: string): string | null {
  const value = memberOf(env, key)
  return typeof value === 'string' && value !== '' ? value : null
}

function memberOf(env: unknown, key: string): unknown {
  try {
    return (env as { [key: string]: unknown } | null | undefined)?.[key]
  } catch {
    // An env may be a Proxy that throws for an unknown name.
    return undefined
  }
}

/** The key that signs record lines: the option, else the store's token. */
function logKeyOf({ logKey, store }: KlaxonOptions): string | null {
  const key = logKey ?? store?.secrets?.[0]
  return key !== undefined && key.length >= MIN_LOG_KEY_LENGTH ? key : null
}

/** An option's text, cut to the column's size. null for an empty text. */
function named(option: string | undefined): string | null {
  return option === undefined || option === '' ? null : cut(option, MAX_FIELD_BYTES)
}

/**
 * The id of a `version_metadata` binding:
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/version-metadata/
 */
function deployedVersion(env: unknown): string | null {
  return textOf(memberOf(env, 'CF_VERSION_METADATA'), 'id')
}

/** `process.env`, for hosts that pass no bindings to the handler. undefined without a process. */
export function processEnv(): unknown {
  return (globalThis as { process?: { env?: unknown } }).process?.env
}

/** @throws KlaxonError for a redact option that cannot work */
export function createSetup(options: KlaxonOptions, env: unknown): Setup {
  const now = clock
  const secrets = [
    ...(options.store?.secrets ?? []),
    ...(options.fallback?.secrets ?? []),
    ...(options.sourceMaps?.secrets ?? []),
    ...(options.logKey === undefined ? [] : [options.logKey]),
    ...notifyList(options.notify).flatMap((item) => channelOf(item).secrets ?? []),
  ]
  const redactor = createRedactor(options.redact, secrets)
  const logger = createLogger(
    options.log ?? console,
    now,
    (s, max) => redactor.text(s, max),
    logKeyOf(options),
  )
  for (const { name, missing } of missingChannels(options.notify))
    logger.warn(
      `channel ${name}`,
      `channel ${name} is left out: its option \`${missing}\` is empty`,
    )
  return {
    options,
    envelope: envelopeSetting(options.envelope),
    redactor,
    logger,
    platform: platform(),
    service: named(options.service),
    environment:
      named(options.environment) ??
      named(textOf(env, 'ENVIRONMENT') ?? textOf(processEnv(), 'NODE_ENV') ?? undefined),
    release: named(options.release) ?? deployedVersion(env),
    timeZone: options.timeZone ?? 'UTC',
    policy: alertPolicy(options.alerts),
    now,
  }
}
