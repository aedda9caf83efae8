import type { DigestAlert, IssueAlert } from '../../src/model/alert.ts'
import type { Issue } from '../../src/model/issue.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'

/** 2026-11-21 08:05:33 UTC. */
export const AT = Date.UTC(2026, 10, 21, 8, 5, 33)

export function anOccurrence(change: Partial<Occurrence> = {}): Occurrence {
  return {
    id: '019aa5a0-7c1e-7000-8000-00000000abcd',
    occurredAt: AT,
    fingerprint: 'v1:00112233445566778899aabbccddeeff',
    title: 'GET /x 404',
    kind: 'status',
    service: null,
    status: 404,
    method: 'GET',
    path: '/x',
    query: null,
    route: null,
    host: 'api.example.com',
    clientIp: '203.0.113.7',
    userAgent: 'curl/8.5.0',
    userId: null,
    username: null,
    errorName: null,
    errorMessage: null,
    errorStack: null,
    causes: null,
    requestId: null,
    traceId: null,
    release: null,
    environment: null,
    runtime: 'node',
    colo: null,
    country: null,
    headers: null,
    extra: null,
    context: null,
    breadcrumbs: null,
    debugIds: null,
    resentFrom: null,
    durationMs: 3,
    ...change,
  }
}

export function anIssue(change: Partial<Issue> = {}): Issue {
  return {
    fingerprint: 'v1:00112233445566778899aabbccddeeff',
    title: 'GET /x 404',
    kind: 'status',
    service: null,
    environment: null,
    status: 404,
    method: 'GET',
    route: null,
    firstSeen: AT,
    lastSeen: AT,
    count: 1,
    firstRelease: null,
    lastRelease: null,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    mutedUntilCount: null,
    resolvedIn: null,
    lastOccurrenceId: '019aa5a0-7c1e-7000-8000-00000000abcd',
    ...change,
  }
}

/**
 * An alert of one issue. Changes of `occurrence` also change the issue, if both have the member.
 */
export function anAlert(
  occurrence: Partial<Occurrence> = {},
  change: Partial<IssueAlert> = {},
): IssueAlert {
  const full = anOccurrence(occurrence)
  const { kind, status, method, route, title } = full
  return {
    kind: 'issue',
    reason: 'new',
    issue: anIssue({ kind, status, method, route, title }),
    occurrence: full,
    count: 1,
    since: full.occurredAt,
    added: 1,
    cause: null,
    context: null,
    changed: null,
    places: [],
    history: [],
    traceUrl: null,
    stored: true,
    timeZone: 'UTC',
    url: null,
    ...change,
  }
}

export function aThrow(change: Partial<IssueAlert> = {}): IssueAlert {
  return anAlert(
    {
      kind: 'thrown',
      service: null,
      status: 500,
      method: 'POST',
      path: '/orders/42',
      title: "TypeError: Cannot read properties of undefined (reading 'total')",
      errorName: 'TypeError',
      errorMessage: "Cannot read properties of undefined (reading 'total')",
      errorStack: [
        "TypeError: Cannot read properties of undefined (reading 'total')",
        '    at price (file:///srv/app/src/price.ts:12:9)',
        '    at async order (file:///srv/app/src/order.ts:40:3)',
      ].join('\n'),
      userId: '7',
      username: 'mika',
      environment: 'production',
      release: '1.4.2',
    },
    {
      reason: 'milestone',
      timeZone: 'Asia/Tokyo',
      url: 'https://errors.example.com/i/1',
      ...change,
    },
  )
}

export function aDigest(change: Partial<DigestAlert> = {}): DigestAlert {
  return {
    kind: 'digest',
    issues: 23,
    occurrences: 4_120,
    since: Date.UTC(2026, 10, 21, 14, 2, 40),
    stored: true,
    timeZone: 'UTC',
    url: null,
    ...change,
  }
}

const MARKUP =
  '<!channel> <@U1> <http://evil.example|ok> @everyone [ok](http://evil.example) ![x](http://evil.example/x.png)' +
  ' <b>bold</b> *b* _i_ `c` ```d``` \u202Egnp\u0000\u001B[31m\r\nInjected: line & &amp;'

/** An alert with one text in every member that an outsider can write. */
export function anAlertOf(text: string): IssueAlert {
  const alert = anAlert({
    kind: 'thrown',
    service: text,
    status: 500,
    path: `/${text}`,
    userAgent: text,
    userId: text,
    username: text,
    errorName: text,
    errorMessage: text,
    errorStack: `Error: ${text}\n    at ${text} (file:///x.ts:1:1)`,
    title: text,
    method: text,
    clientIp: text,
    environment: text,
    release: text,
    breadcrumbs: [{ at: 1, kind: 'note', message: text, data: null }],
  })
  const event = { at: AT, what: text, channel: null, who: text, reason: null }
  return {
    ...alert,
    cause: text,
    changed: text,
    context: { [text]: text },
    places: [`GET /${text}`, text],
    history: [{ ...event, what: 'sent', channel: text, reason: 'new' }, event],
  }
}

/** Every member that an outsider can write, hostile. */
export function aHostileAlert(): IssueAlert {
  const alert = anAlertOf(MARKUP)
  return {
    ...alert,
    url: 'https://errors.example.com/i/1?a=<!channel>|x',
    traceUrl: 'https://errors.example.com/t/1?a=<!channel>|x)](http://evil.example)',
  }
}

/**
 * A message of 1 MB, a path of 40 KB, 5,000 frames. They repeat `unit`, which by default has many
 * characters to escape.
 */
export function aHugeAlert(unit = '<&🔥é'): IssueAlert {
  const repeat = (chars: number) => unit.repeat(Math.ceil(chars / unit.length))
  const frames = Array.from({ length: 5_000 }, (_, n) => {
    const name = n < 10 ? repeat(1_000) : unit
    return `    at ${name.replaceAll('\n', ' ')}f${n} (file:///x.ts:${n}:1)`
  })
  const huge = anAlert({
    kind: 'thrown',
    service: repeat(1_000),
    status: 500,
    path: `/${repeat(40_000)}`,
    userAgent: repeat(10_000),
    userId: repeat(10_000),
    username: repeat(10_000),
    clientIp: repeat(1_000),
    method: repeat(1_000),
    errorName: repeat(10_000),
    errorMessage: repeat(1_000_000),
    errorStack: `Error\n${frames.join('\n')}`,
    environment: repeat(1_000),
    release: repeat(1_000),
    title: repeat(10_000),
    causes: Array.from({ length: 6 }, () => ({
      name: repeat(1_000),
      message: repeat(2_000),
      stack: null,
    })),
    breadcrumbs: Array.from({ length: 30 }, () => ({
      at: AT,
      kind: 'fetch',
      message: repeat(512),
      data: null,
    })),
  })
  const text = repeat(50_000)
  return {
    ...huge,
    issue: { ...huge.issue, service: repeat(1_000), count: Number.MAX_SAFE_INTEGER },
    cause: text,
    changed: text,
    context: { [text]: text },
    places: Array.from({ length: 50 }, () => text),
    history: Array.from({ length: 30 }, (_, nth) => {
      const isAlert = nth % 2 === 0
      const rest = isAlert ? ({ channel: text, reason: 'regression' } as const) : null
      const event = { at: AT, what: isAlert ? 'sent' : text, channel: null, who: text }
      return { ...event, reason: null, ...rest }
    }),
    traceUrl: `https://errors.example.com/${'t'.repeat(272)}`,
    url: `https://errors.example.com/${'i'.repeat(460)}`,
  }
}

/** An alert of a throw with every fact that an alert can have. */
export function aFullAlert(change: Partial<IssueAlert> = {}): IssueAlert {
  const alert = aThrow({ reason: 'new' })
  const context = { orderId: 8812, plan: 'gold' }
  return {
    ...alert,
    issue: { ...alert.issue, service: 'shop', count: 1_204, firstSeen: AT - 3_600_000 },
    occurrence: {
      ...alert.occurrence!,
      service: 'shop',
      release: 'r7',
      context,
      causes: [
        { name: 'StoreError', message: 'the order was not saved', stack: null },
        { name: 'SqliteError', message: 'database is locked', stack: null, code: 'SQLITE_BUSY' },
      ],
      breadcrumbs: [
        'dropped',
        'cart 3 opened',
        'POST https://pay.example/charge',
        'paid',
        'a',
        'b',
      ].map((message, nth) => ({
        at: AT - 6_000 + nth * 1_000,
        kind: 'note',
        message,
        data: null,
      })),
    },
    count: 1_204,
    since: AT - 3_600_000,
    cause: 'SqliteError: database is locked',
    context,
    changed: 'new in r7',
    places: ['POST /orders/:id', 'GET /orders', 'PUT /orders/:id', 'GET /health', 'GET /cart'],
    history: [
      { at: AT - 86_400_000, what: 'resolved', channel: null, who: 'ada', reason: null },
      { at: AT - 172_800_000, what: 'sent', channel: 'slack', who: null, reason: 'new' },
      { at: AT - 172_800_000, what: 'sent', channel: 'pagerduty', who: null, reason: 'new' },
    ],
    traceUrl: 'https://traces.example.com/t/4bf92f3577b34da6a3ce929d0e0e4736',
    url: 'https://errors.example.com/i/v1%3A00112233445566778899aabbccddeeff',
    ...change,
  }
}

/** An alert in which every optional text is empty. */
export function anEmptyAlert(): IssueAlert {
  const alert = anAlert({
    path: '',
    method: '',
    clientIp: '',
    userAgent: '',
    userId: '',
    username: '',
    errorName: '',
    errorMessage: '',
    errorStack: '',
    environment: '',
    release: '',
    title: '',
  })
  return { ...alert, url: '' }
}
