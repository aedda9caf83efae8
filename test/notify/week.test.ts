import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { messagesOf, PRESETS, weekOfFailures } from '../support/access-log.ts'
import { DAY_MS } from '../../src/util/time-units.ts'

test.each(PRESETS)(
  'docs/alerts.md says how many messages a week of failures brings with %s',
  async (name, policy) => {
    const log = weekOfFailures()
    const sent = await messagesOf(log, policy)
    const afterTwoDays = log[0]!.at + 2 * DAY_MS
    const counts = [
      sent.length,
      sent.filter(({ issue }) => issue !== null && issue.status >= 500).length,
      sent.filter(({ issue }) => issue !== null && issue.status < 500).length,
      sent.filter(({ digest }) => digest !== null).length,
      sent.filter(({ issue }) => issue !== null && issue.lastSeen >= afterTwoDays).length,
    ].map((count) => count.toLocaleString('en'))
    const docs = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8')
    const row = docs.split('\n').find((line) => line.startsWith(`| ${name} |`))
    expect(
      row
        ?.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ).toEqual([name, ...counts])
    expect(docs).toContain(`${log.length.toLocaleString('en')} failures`)
  },
)
