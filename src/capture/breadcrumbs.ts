import { currentContext, hasAsyncContext } from './async-context.ts'
import type { Setup } from '../config/setup.ts'
import type { Breadcrumb } from '../model/occurrence.ts'
import { clock } from '../util/guards.ts'

/**
 * Applies the options `context` and `breadcrumbs`.
 * @returns whether requests get a context by AsyncLocalStorage
 */
export function openContext({ options, logger }: Setup): boolean {
  const { context = false, breadcrumbs } = options
  const isWanted = context || breadcrumbs?.console === true || breadcrumbs?.fetch === true
  if (!isWanted) return false
  if (!hasAsyncContext()) {
    logger.warn(
      'context',
      'options `context` and `breadcrumbs` need AsyncLocalStorage: on Workers set the flag nodejs_compat',
    )
    return false
  }
  if (breadcrumbs?.console === true) patchOnce('console', () => noteConsole(breadcrumbs.most))
  if (breadcrumbs?.fetch === true) patchOnce('fetch', () => noteFetch(breadcrumbs.most))
  return true
}

const patched = new Set<string>()

/** Patches a global once in an isolate. A second patch would record everything twice. */
function patchOnce(name: string, patch: () => void): void {
  if (patched.has(name)) return
  patched.add(name)
  patch()
}

const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const

function noteConsole(most: number | undefined): void {
  for (const level of LEVELS) console[level] = notedLevel(level, most)
}

function notedLevel(level: (typeof LEVELS)[number], most: number | undefined) {
  const write = console[level]
  return function (this: unknown, ...args: unknown[]): void {
    addNote({ kind: 'console', data: level === 'log' ? null : { level } }, most, () => textOf(args))
    return write.apply(this, args)
  }
}

function noteFetch(most: number | undefined): void {
  const send = globalThis.fetch
  const noted = async function (this: unknown, ...args: Parameters<typeof fetch>) {
    const startedAt = clock()
    const note = (outcome: Record<string, unknown>): void =>
      addNote({ kind: 'fetch', data: { ...outcome, ms: clock() - startedAt } }, most, () =>
        requestLine(args),
      )
    try {
      const response = await send.apply(this, args)
      note({ status: response.status })
      return response
    } catch (error) {
      note({ failed: true })
      throw error
    }
  }
  // Bun's has a member, `fetch.preconnect`.
  globalThis.fetch = Object.defineProperties(noted, Object.getOwnPropertyDescriptors(send))
}

/**
 * Adds a breadcrumb to the current request.
 * @param message called only within a request
 */
function addNote(
  { kind, data }: Pick<Breadcrumb, 'kind' | 'data'>,
  most: number | undefined,
  message: () => string,
): void {
  try {
    currentContext()?.note(
      { at: clock(), kind, message: message().slice(0, MAX_NOTE_LENGTH), data },
      most,
    )
  } catch {
    // The value cannot be shown. The console line and the request continue without a breadcrumb.
    return
  }
}

/** Characters of a breadcrumb before redaction. */
const MAX_NOTE_LENGTH = 1_024

/**
 * The text of a console line. Objects are not printed, because that could run the user's code.
 */
function textOf(args: readonly unknown[]): string {
  return args
    .map((arg) => (arg instanceof Error ? `${arg.name}: ${arg.message}` : partOf(arg)))
    .join(' ')
}

function partOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null ? '[object]' : String(value)
}

/** Method and URL, without the query, which may contain secrets. */
function requestLine([input, init]: Parameters<typeof fetch>): string {
  const request = input instanceof Request ? input : undefined
  const url = request?.url ?? String(input)
  return `${init?.method ?? request?.method ?? 'GET'} ${url.replace(/[?#][^]*/, '')}`
}
