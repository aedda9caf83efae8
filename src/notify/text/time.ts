const formats = new Map<string, Intl.DateTimeFormat>()
const MAX_DATE_MS = 8.64e15

/**
 * `2026-11-21 17:05:33 GMT+9`; `unknown` for an invalid time, and UTC for an unknown zone, so that
 * the alert goes out.
 */
export function formatTime(ms: number, timeZone: string): string {
  const part = parts(ms, timeZone)
  if (!part) return 'unknown'
  const date = `${part.year}-${part.month}-${part.day}`
  // Some ICU versions write UTC as GMT+0, others as GMT.
  const zone = part.timeZoneName === 'GMT' ? 'GMT+0' : part.timeZoneName
  return `${date} ${part.hour}:${part.minute}:${part.second} ${zone}`
}

/** `14:02` */
export function formatClock(ms: number, timeZone: string): string {
  const part = parts(ms, timeZone)
  return part ? `${part.hour}:${part.minute}` : 'unknown'
}

/** `4,120` */
export function formatCount(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

function parts(ms: number, timeZone: string): Record<string, string> | undefined {
  if (!(Math.abs(ms) <= MAX_DATE_MS)) return undefined
  return Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  )
}

/** Keeps formats, because making one costs about a thousand times as much as using it. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = makeFormat(timeZone) ?? formatFor('UTC')
    formats.set(timeZone, format)
  }
  return format
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'shortOffset',
    })
  } catch {
    return undefined
  }
}
