import type { DigestAlert, Issue, IssueAlert, Occurrence } from '../src/core/types.ts'

/** 2026-11-21 08:05:33 UTC. */
export const AT = Date.UTC(2026, 10, 21, 8, 5, 33)

export function anOccurrence(change: Partial<Occurrence> = {}): Occurrence {
  return {
    id: '019aa5a0-7c1e-7000-8000-00000000abcd',
    occurredAt: AT,
    fingerprint: 'v1:00112233445566778899aabbccddeeff',
    title: 'GET /x 404',
    kind: 'status',
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
    durationMs: 3,
    ...change,
  }
}

export function anIssue(change: Partial<Issue> = {}): Issue {
  return {
    fingerprint: 'v1:00112233445566778899aabbccddeeff',
    title: 'GET /x 404',
    kind: 'status',
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
    lastOccurrenceId: '019aa5a0-7c1e-7000-8000-00000000abcd',
    ...change,
  }
}

/** An alert of one issue; `occurrence` changes go into the issue where both have the member. */
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
  return anAlert({
    kind: 'thrown',
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
  })
}

/** Every member that an outsider can write, hostile. */
export function aHostileAlert(): IssueAlert {
  const alert = anAlertOf(MARKUP)
  return { ...alert, url: 'https://errors.example.com/i/1?a=<!channel>|x' }
}

/** A message of 1 MB, a path of 40 KB, 5,000 frames; `unit` is repeated, an escape-hungry one by default. */
export function aHugeAlert(unit = '<&🔥é'): IssueAlert {
  const repeat = (chars: number) => unit.repeat(Math.ceil(chars / unit.length))
  const frames = Array.from({ length: 5_000 }, (_, n) => {
    const name = n < 10 ? repeat(1_000) : unit
    return `    at ${name.replaceAll('\n', ' ')}f${n} (file:///x.ts:${n}:1)`
  })
  const huge = anAlert({
    kind: 'thrown',
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
  })
  return { ...huge, url: `https://errors.example.com/${'i'.repeat(460)}` }
}

/** Every text that may be empty is. */
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
