import type { QueuedOccurrence } from '../model/occurrence.ts'
import { platform } from '../util/platform.ts'

/** A frame of a package or of the runtime. The block shows the first frame of the user's code. */
const PACKAGE_FRAME =
  /node_modules[\\/]|[ (](?:node|ext|bun|cloudflare(?:-internal)?):|\(?(?:native|<anonymous>)\)?$/

/**
 * Whether a person reads the console: in a terminal, or under `wrangler dev`, where stacks contain
 * `file://` URLs.
 */
export function isTerminal(): boolean {
  if (platform() === 'workerd') return (new Error().stack ?? '').includes('file://')
  const { process } = globalThis as { process?: { stderr?: { isTTY?: boolean } } }
  return process?.stderr?.isTTY === true
}

/**
 * An occurrence in a few lines. `targets/trace.ts` reads the first and the last one.
 * @param escape escapes characters on which a terminal acts
 * @param error the error that the platform prints after the block, with mapped frames
 */
export function readableBlock(
  { occurrence: o, count }: QueuedOccurrence,
  escape: (s: string) => string,
  error: Error | undefined,
): string {
  const frames = (o.errorStack ?? '').split('\n').filter((line) => /^\s*at /.test(line))
  const frame = frames.find((line) => !PACKAGE_FRAME.test(line)) ?? frames[0]
  const summary = o.errorName === null ? o.title : `${o.errorName}: ${o.errorMessage}`
  const lines = [
    ...(error === undefined ? [summary, frame?.trim()] : []),
    ...(o.causes ?? []).map(({ name, message }) => `caused by ${name}: ${message}`),
    count > 1 ? `${count} times` : undefined,
    `id ${o.id}`,
  ].flatMap((line) => line?.split('\n') ?? [])
  const text = lines.map((line) => `\n  ${escape(line)}`).join('')
  return `klaxon: ${o.status} ${escape(`${o.method} ${o.path}`)}${text}${error === undefined ? '' : '\n'}`
}

/** Removes the frames below klaxon's own, which are the platform's. */
export function shortened(error: Error): Error {
  error.stack = (error.stack ?? '').replace(/\n[^\n]*klaxon(?:Fetch|Settle|Handler)\b[^]*/, '')
  return error
}
