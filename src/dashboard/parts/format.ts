const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

/** The age in one unit: `12 s`, `4 m`, `3 h`, `21 d`. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  if (seconds < MINUTE_SECONDS) return `${seconds} s`
  if (seconds < HOUR_SECONDS) return `${Math.floor(seconds / MINUTE_SECONDS)} m`
  if (seconds < DAY_SECONDS) return `${Math.floor(seconds / HOUR_SECONDS)} h`
  return `${Math.floor(seconds / DAY_SECONDS)} d`
}

/** A count that fits a column: `9,999`, then `12.3k`, `1.2M`. */
export function short(count: number): string {
  if (count < 10_000) return full(count)
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}

const numbers = new Intl.NumberFormat('en-US')

export function full(count: number): string {
  return numbers.format(count)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    })
    formats.set(timeZone, format)
  }
  return format
}

/** `26 Nov 2026, 21:55:25 UTC` */
export function clock(at: number, timeZone: string): string {
  return formatOf(timeZone).format(at)
}

/** `26 Nov, 21:55` */
export function minute(at: number, timeZone: string): string {
  return clock(at, timeZone).replace(/ \d{4}, (\d\d:\d\d).*/, ', $1')
}

/** Makes a sentence of `read/` begin with a capital letter. */
export function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** `26 Nov` */
export function day(at: number, timeZone: string): string {
  return clock(at, timeZone).split(' ').slice(0, 2).join(' ')
}

/** Name and version of a common browser, from the user agent. */
export function browserOf(userAgent: string): string {
  const match =
    /(Edg|OPR|SamsungBrowser|Firefox|FxiOS|CriOS|Chrome|curl|Wget|PostmanRuntime|bot|Bot)\/?([\d]{0,5})/.exec(
      userAgent,
    ) ?? /(Version)\/(\d{1,4}).{0,80}Safari/.exec(userAgent)
  if (match === null) return userAgent
  const names: Record<string, string> = {
    Edg: 'Edge',
    OPR: 'Opera',
    CriOS: 'Chrome',
    FxiOS: 'Firefox',
    Version: 'Safari',
  }
  return `${names[match[1]!] ?? match[1]!} ${match[2] ?? ''}`.trim()
}
