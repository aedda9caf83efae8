import { KlaxonError } from '../../model/klaxon-error.ts'
import { missingSentence } from '../ask.ts'
import { barTimes } from '../bars.ts'
import { FACET_SAMPLE_ROWS } from '../limits.ts'
import { stored } from '../query/words.ts'
import { issueOf } from '../sql/ask.ts'
import { edgeOf, FACET_NAMES, facetOf } from '../sql/facets.ts'
import { emptyHour } from '../sql/pages.ts'
import { prefixOf } from '../sql/refs.ts'
import { UUID } from '../../util/uuid.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { Asked, EdgeCount, Facets, Health, IssuePage, ReleasesPage } from '../types.ts'
import { whyAlerted } from '../why.ts'
import { occurrences, positionOf } from './occurrences.ts'
import { rising, type Snapshot } from './snapshot.ts'
import { HOUR_MS } from '../../util/time-units.ts'

/** Fingerprints that a reference may mean, at most 5. */
export function matchesOf(all: Snapshot, ref: string): string[] {
  if (UUID.test(ref)) {
    const found = all.occurrences.find(({ id }) => id === ref.toLowerCase())
    return all.issues.flatMap((each) =>
      each.fingerprint === found?.fingerprint ? [each.fingerprint] : [],
    )
  }
  const prefix = prefixOf(ref)
  return all.issues
    .map(({ fingerprint }) => fingerprint)
    .filter((fingerprint) => fingerprint.startsWith(prefix))
    .toSorted(rising)
    .slice(0, 5)
}

export function issue(all: Snapshot, ref: string): IssuePage | null {
  const same = matchesOf(all, ref)
  const [fingerprint] = same
  const found = all.issues.find((each) => each.fingerprint === fingerprint)
  if (found === undefined || fingerprint === undefined) return null
  const isWhole = fingerprint === ref || fingerprint === `v1:${ref}`
  if (!isWhole && same.length > 1)
    throw new KlaxonError(`"${ref}" is the start of several issues: ${same.join(', ')}`, {
      code: 'AMBIGUOUS',
    })
  const row = all.issueRow(found, '14d')
  const page = occurrences(all, fingerprint, { limit: 20 })
  const latest = page.rows[0]?.id
  const history = all.events.filter((event) => event.fingerprint === fingerprint).slice(0, 50)
  return {
    issue: row,
    latest: all.occurrences.find(({ id }) => id === latest) ?? null,
    older: page.rows[1]?.id ?? null,
    position: latest === undefined ? null : positionOf(0, all.of(fingerprint).length),
    chart: barTimes('14d', all.now).map((at, nth) => ({ at, count: row.spark[nth]! })),
    facets: facets(all, fingerprint),
    why: why(all, fingerprint),
    history,
    occurrences: page,
    knowsReleases: all.releases.some(({ service }) => service === (found.service ?? '')),
  }
}

export function why(all: Snapshot, fingerprint: string) {
  const found = all.issues.find((each) => each.fingerprint === fingerprint)
  if (found === undefined) return []
  return whyAlerted({
    issue: found,
    due: null,
    alertedAt: null,
    channels: [],
    waiting: [],
    events: [],
    policy: null,
    now: all.now,
  })
}

export function facets(all: Snapshot, fingerprint: string): Facets {
  const sample = all.of(fingerprint).slice(0, FACET_SAMPLE_ROWS)
  const counts = FACET_NAMES.flatMap((name) => {
    const counted = new Map<string, number>()
    for (const row of sample) {
      const value = row[name]
      if (value !== null) counted.set(value, (counted.get(value) ?? 0) + 1)
    }
    return [...counted].map(([value, n]): [string, string, number] => [name, value, n])
  })
  return {
    sample: sample.length,
    facets: FACET_NAMES.map((name) => facetOf(name, counts)),
    edge: edgeOf(edgeCounts(sample)),
  }
}

function edgeCounts(sample: readonly Occurrence[]): EdgeCount[] {
  const counted = new Map<string, EdgeCount>()
  for (const { colo, release } of sample) {
    if (colo === null || release === null) continue
    const key = JSON.stringify([colo, release])
    const known = counted.get(key)
    if (known === undefined) counted.set(key, { colo, release, count: 1 })
    else known.count++
  }
  return [...counted.values()]
}

export function releases(all: Snapshot, service?: string): ReleasesPage {
  const known = all.releases
    .filter((each) => service === undefined || each.service === service)
    .slice(0, 50)
  return {
    releases: known.map((tick) => {
      const fresh = all.issues.filter(
        (each) => (each.service ?? '') === tick.service && each.firstRelease === tick.release,
      )
      const falling = fresh.toSorted(
        (a, b) => b.count - a.count || rising(a.fingerprint, b.fingerprint),
      )
      return {
        ...tick,
        newIssues: fresh.length,
        issues: falling
          .slice(0, 5)
          .map(({ fingerprint, title, count, state }) => ({ fingerprint, title, count, state })),
      }
    }),
    examined: null,
  }
}

export function health(all: Snapshot, hours = 24): Health {
  const last = Math.floor(all.now / HOUR_MS)
  const times = all.occurrences.map(({ occurredAt }) => occurredAt)
  return {
    account: Array.from({ length: hours }, (_, at) => emptyHour(last - hours + 1 + at)),
    settings: [],
    heartbeats: [],
    rows: {
      occurrences: times.length,
      oldest: times.length === 0 ? null : Math.min(...times),
      newest: times.length === 0 ? null : Math.max(...times),
    },
    schema: null,
  }
}

export function ask(all: Snapshot, text: string): Asked {
  const asked = stored(text.trim())
  const id = asked.toLowerCase()
  const found = all.occurrences.find((row) => row.id === id)
  if (found !== undefined)
    return {
      kind: 'occurrence',
      id,
      fingerprint: found.fingerprint,
      sentence: `an occurrence of ${found.title}`,
    }
  if (/^(?:v\d+:.*|[\da-f]{4,32})$/.test(id)) {
    const issues = matchesOf(all, id).map((fingerprint) => ({
      fingerprint,
      title: all.issues.find((each) => each.fingerprint === fingerprint)!.title,
    }))
    const issue = issueOf(prefixOf(id), issues)
    if (issue !== null) return issue
  }
  const rows = (isMeant: (row: (typeof all.occurrences)[number]) => boolean) =>
    all.occurrences
      .filter(isMeant)
      .slice(0, 20)
      .map((row) => all.rowOf(row))
  const traced = rows(({ traceId }) => traceId === id && /^[\da-f]{32}$/.test(id))
  if (traced.length > 0) return { kind: 'trace', occurrences: traced, sentence: 'a trace' }
  const requested = rows(({ requestId }) => requestId === asked)
  if (requested.length > 0)
    return { kind: 'request', occurrences: requested, sentence: 'a request' }
  const event = all.events.find((each) => each.id === asked)
  if (event !== undefined) {
    const { fingerprint } = event
    return { kind: 'alert', fingerprint, sentence: `an alert or change of issue ${fingerprint}` }
  }
  return { kind: 'missing', sentence: missingSentence(id, all.now) }
}
