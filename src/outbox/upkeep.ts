import type { Setup } from '../config/setup.ts'
import type { Recorder } from './recorder.ts'

/**
 * ms between two runs of a process that maintains itself.
 */
const EVERY_MS = 300_000
/**
 * Share by which the interval varies, so that processes that start together do not run together.
 */
const SPREAD_SHARE = 0.2

/** An interval: an object on Node and Bun, a number on Deno. */
type Timer = number | { unref?: () => void }

/**
 * Calls `maintain` every five minutes in a long-lived process. The timer keeps neither the process
 * nor the recorder alive. Workers use a cron instead.
 */
export function startUpkeep(
  target: Pick<Recorder, 'maintain'>,
  { options, platform }: Pick<Setup, 'options' | 'platform'>,
): void {
  const isProcess = platform === 'node' || platform === 'deno' || platform === 'bun'
  if (!isProcess || options.store === undefined || options.maintain === false) return
  const weak = new WeakRef(target)
  const every = EVERY_MS * (1 - SPREAD_SHARE * Math.random())
  const timer = setInterval(() => {
    const alive = weak.deref()
    if (alive === undefined) clearInterval(timer as unknown as number)
    // `maintain` logs its failures. An unhandled rejection must not end the process.
    else alive.maintain({ keepsTurn: true }).catch(() => {})
  }, every) as unknown as Timer
  if (typeof timer === 'object') timer.unref?.()
  else (globalThis as { Deno?: { unrefTimer(id: number): void } }).Deno?.unrefTimer(timer)
}
