import { vi } from 'vitest'

/** Steps of the clock in ms: while no call is in progress, and while one is. */
const LEAP_MS = 100
const STEP_MS = 5
const realTimeout = globalThis.setTimeout

/**
 * Runs work while the pauses between its calls take a twentieth of their time. Sockets stay real.
 * Fake dates of the test are restored afterwards. Timers that are still set at the end never fire.
 * @param isBusy whether a call is in progress; timers and dates then run at normal speed
 */
export async function fastClock<T>(work: () => Promise<T>, isBusy = () => false): Promise<T> {
  const wasFake = vi.isFakeTimers()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() })
  try {
    let isOver = false
    const result = work().finally(() => (isOver = true))
    while (!isOver) {
      await new Promise((resolve) => realTimeout(resolve, STEP_MS))
      await vi.advanceTimersByTimeAsync(isBusy() ? STEP_MS : LEAP_MS)
    }
    return await result
  } finally {
    if (wasFake) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    else vi.useRealTimers()
  }
}
