import { schemaSentence } from '../../read/schema.ts'
import type { AccountHour, Health } from '../../read/types.ts'
import { clock, full, minute } from '../parts/format.ts'
import { Facts } from '../parts/facts.tsx'
import { Layout } from '../parts/layout.tsx'
import { Time } from '../parts/marks.tsx'
import { Settings } from '../parts/settings.tsx'
import type { View } from '../view.ts'

const PARTS = ['captured', 'stored', 'fallback', 'logged', 'dropped'] as const

export function HealthPage({
  view,
  health,
  stats,
}: {
  view: View
  health: Health
  stats: object | null
}) {
  const sum = (name: (typeof PARTS)[number]): number =>
    health.account.reduce((all: number, hour: AccountHour) => all + hour[name], 0)
  const missing = sum('captured') - sum('stored') - sum('fallback') - sum('logged') - sum('dropped')
  const { rows, schema } = health
  return (
    <Layout view={view} title="health" section="health">
      <h1>Health</h1>
      {schema !== null && (schema.state === 'older' || schema.state === 'newer') && (
        <div class="flash bad" role="status">{`The tables are ${schemaSentence(schema)}.`}</div>
      )}
      <h2>The account of the last {health.account.length} hours</h2>
      <p class="sub">
        captured = stored + fallback + logged + dropped + in flight. This is what isolates reported:
        one that never reached the database is missing.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            {PARTS.map((name) => (
              <th class="n" scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              <b>all</b>
            </td>
            {PARTS.map((name) => (
              <td class="n">
                <b>{full(sum(name))}</b>
              </td>
            ))}
          </tr>
          {health.account
            .filter((hour) => PARTS.some((name) => hour[name] > 0))
            .toReversed()
            .map((hour) => (
              <tr>
                <td>{minute(hour.at, view.timeZone)}</td>
                {PARTS.map((name) => (
                  <td class="n">{full(hour[name])}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
      {missing > 0 && (
        <p class="sub">{`${full(missing)} were still in flight when their isolate last reported.`}</p>
      )}
      <h2>Rows</h2>
      <section class="card">
        <Facts
          rows={[
            ['Occurrences', `about ${full(rows.occurrences)}`],
            ['Oldest', rows.oldest === null ? null : clock(rows.oldest, view.timeZone)],
            ['Newest', rows.newest === null ? null : clock(rows.newest, view.timeZone)],
            ['Tables', schema && schemaSentence(schema)],
          ]}
        />
      </section>
      <Settings settings={health.settings} view={view} />
      {health.heartbeats.length > 0 && (
        <>
          <h2>Jobs</h2>
          <table class="fix">
            <tbody>
              {health.heartbeats.map((job) => (
                <tr>
                  <td>
                    <b>{job.name}</b>
                    <div class="x">
                      {[job.service, job.environment].filter(Boolean).join(' · ')}
                    </div>
                  </td>
                  <td>
                    {job.missedAt === null ? (
                      <span class="s2">runs</span>
                    ) : (
                      <span class="s5">missed</span>
                    )}
                  </td>
                  <td class="n">
                    <Time at={job.lastAt} view={view} suffix=" ago" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {stats !== null && (
        <>
          <h2>This isolate</h2>
          <section class="card">
            <Facts
              rows={Object.entries(stats).map(([name, value]) => [
                name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`),
                countOf(value),
              ])}
            />
          </section>
        </>
      )}
    </Layout>
  )
}

/** A count, or counts by their reasons. */
function countOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const reasons = Object.entries(value).map(([reason, count]) => `${reason} ${String(count)}`)
  return reasons.length === 0 ? '0' : reasons.join(' · ')
}
