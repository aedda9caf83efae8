import type { Health } from '../../read/types.ts'
import type { View } from '../view.ts'
import { Facts } from './facts.tsx'
import { clock, full } from './format.ts'
import { DAY_MS, MINUTE_MS } from '../../util/time-units.ts'

/** The stored settings of services, in words. Other settings are internal. */
export function Settings({ settings, view }: { settings: Health['settings']; view: View }) {
  const rows = settings.flatMap(({ service, name, value, updatedAt }): [string, string][] => {
    const of = service === '' ? '' : ` of ${service}`
    if (name === 'retention') return [[`Retention${of}`, retentionOf(value)]]
    if (name === 'policy') return [[`Alerts${of}`, policyOf(value)]]
    if (name === 'maintain') return [[`Maintained${of}`, clock(updatedAt, view.timeZone)]]
    return []
  })
  if (rows.length === 0) return null
  return (
    <>
      <h2>Settings</h2>
      <section class="card">
        <Facts rows={rows} />
      </section>
    </>
  )
}

function retentionOf(value: unknown): string {
  const { occurrencesMs, occurrences, issuesMs, historyMs } = numbersOf(value)
  return [
    `occurrences ${days(occurrencesMs)}, at most ${full(occurrences ?? 0)}`,
    `issues ${days(issuesMs)}`,
    ...(historyMs === undefined ? [] : [`history ${days(historyMs)}`]),
  ].join(' · ')
}

function policyOf(value: unknown): string {
  const { every, quiet } = Object(value) as Record<string, unknown>
  if (every === true) return 'one for each occurrence'
  const { cooldownMs = 0, perMinute, minStatus = 0 } = numbersOf(value)
  return [
    ...(quiet === true ? ['4xx from their tenth occurrence within an hour (quiet)'] : []),
    `again after ${full(Math.round(cooldownMs / MINUTE_MS))} min`,
    ...(perMinute === undefined ? [] : [`at most ${full(perMinute)} a minute`]),
    ...(minStatus > 0 ? [`from status ${minStatus}`] : []),
  ].join(' · ')
}

const days = (ms = 0): string => `${full(Math.round(ms / DAY_MS))} days`

/** An app of another version may have written fewer settings. */
function numbersOf(value: unknown): Record<string, number | undefined> {
  const entries = Object.entries(Object(value) as object)
  return Object.fromEntries(entries.filter(([, each]) => typeof each === 'number'))
}
