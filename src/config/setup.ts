import type { EnvelopeFormat } from '../envelope/respond.ts'
import { COOLDOWN_MS, PER_MINUTE } from './_limits.ts'
import { createLogger, type Logger } from './log.ts'
import { notifierOf, notifyList } from './validate.ts'
import type { EnvelopeOptions, KlaxonOptions } from './options.ts'
import { createRedactor, type Redactor } from './redact.ts'
import { MILESTONES } from './policy.ts'
import { pathOf, platform, type Platform } from './request.ts'
import type { AlertPolicy, WaitUntil } from './types.ts'
import { clock } from './seam.ts'
import type { Draft } from './occurrence.ts'

export interface EnvelopeSetting {
  /** Whether a request's method and path are enveloped. */
  covers: (request: Request) => boolean
  format: EnvelopeFormat
}

/** Takes a draft over: the outbox does, in the composed klaxon. */
export type Record = (draft: Draft, ctx: WaitUntil | undefined) => void

/** Options with every default in place, resolved once per `env`. */
export interface Setup {
  options: KlaxonOptions
  envelope: EnvelopeSetting | null
  redactor: Redactor
  logger: Logger
  platform: Platform
  environment: string | null
  release: string | null
  timeZone: string
  policy: AlertPolicy
  now: () => number
  record: Record
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Where a search of an `http://` URL may begin: no path starts earlier. Each slash that a search meets costs it a start
 * anew, and the two of the scheme cost half of the whole question.
 */
const PAST_SCHEME = 8

/** Whether one of the segments occurs anywhere in a URL's path, without splitting it. */
function hasSegment(segments: readonly string[]): (url: string) => boolean {
  const needles = segments.map((segment) => `/${segment}`)
  return (url) => {
    // A host's own class may have a path for a URL.
    const from = url.charCodeAt(0) === 0x2f ? 0 : PAST_SCHEME
    for (const needle of needles) {
      // Most URLs do not hold it at all, and for those nothing is cut out.
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
  }: EnvelopeOptions = option === true || option === undefined ? {} : option
  return { covers: covering(paths, new Set(methods.map((name) => name.toUpperCase()))), format }
}

function covering(
  paths: NonNullable<EnvelopeOptions['paths']>,
  methods: ReadonlySet<string>,
): EnvelopeSetting['covers'] {
  if (typeof paths === 'function') {
    // Anything but true is no: a promise, which a hook must not give, would cover every path.
    return (request) => methods.has(request.method) && paths(pathOf(request.url)) === true
  }
  const inPath = hasSegment(paths)
  // A look at the URL's text comes first: in workerd it costs less than to read the method.
  return (request) => inPath(request.url) && methods.has(request.method)
}

function alertPolicy(alerts: KlaxonOptions['alerts']): AlertPolicy {
  if (alerts === 'every') return { every: true, cooldownMs: 0, milestones: [], perMinute: Infinity }
  const { cooldownMs = COOLDOWN_MS, milestones = MILESTONES, perMinute = PER_MINUTE } = alerts ?? {}
  return {
    every: false,
    cooldownMs,
    milestones: [...milestones].toSorted((a, b) => a - b),
    perMinute,
  }
}

function text(env: unknown, key: string): string | null {
  const value = (env as { [key: string]: unknown } | null | undefined)?.[key]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The id of a `version_metadata` binding: https://developers.cloudflare.com/workers/runtime-apis/bindings/version-metadata/ */
function deployedVersion(env: unknown): string | null {
  return text(
    (env as { CF_VERSION_METADATA?: unknown } | null | undefined)?.CF_VERSION_METADATA,
    'id',
  )
}

/** `process.env` where there is a process, for hosts that hand no bindings to the handler. */
export function processEnv(): unknown {
  return (globalThis as { process?: { env?: unknown } }).process?.env
}

/** @throws KlaxonError for a redact option that cannot work */
export function createSetup(
  options: KlaxonOptions,
  env: unknown,
  record: (setup: Setup) => Record,
): Setup {
  const now = clock
  const secrets = [
    ...(options.store?.secrets ?? []),
    ...notifyList(options.notify).flatMap((item) => notifierOf(item).secrets ?? []),
  ]
  const redactor = createRedactor(options.redact, secrets)
  const setup: Setup = {
    options,
    envelope: envelopeSetting(options.envelope),
    redactor,
    logger: createLogger(options.log ?? console, now, (s, max) => redactor.text(s, max)),
    platform: platform(),
    environment: options.environment ?? text(env, 'ENVIRONMENT') ?? text(processEnv(), 'NODE_ENV'),
    release: options.release ?? deployedVersion(env),
    timeZone: options.timeZone ?? 'UTC',
    policy: alertPolicy(options.alerts),
    now,
    record: () => {},
  }
  setup.record = record(setup)
  return setup
}
