import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { createReader } from '../../src/read/reader.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { seeded } from '../read/_seed.ts'
import { runCli } from '../support/cli.ts'
import { anOccurrence, NOON } from '../support/store-fixtures.ts'
import { emptied } from '../support/store-wipe.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const THROWN = `v1:${'a'.repeat(32)}`
const RETURNED = `v1:${'ab'.padEnd(32, '0')}`
const ID = '019a0000-0000-7000-8000-00000000cafe'

const thrown = {
  fingerprint: THROWN,
  title: 'TypeError: Cannot charge -5 cents',
  kind: 'thrown',
  service: 'shop',
  method: 'POST',
  path: '/api/pay',
  route: '/api/pay',
  host: 'shop.example',
  errorName: 'TypeError',
  errorMessage: 'Cannot charge -5 cents',
  errorStack: 'TypeError: Cannot charge -5 cents\n    at charge (file:///app/worker.js:17:9)',
  release: '1.4.2',
  environment: 'production',
} as const

const occurrences = [
  ...Array.from({ length: 3 }, (_, nth) =>
    anOccurrence({ ...thrown, occurredAt: NOON - 2 * DAY_MS + nth * HOUR_MS }),
  ),
  anOccurrence({
    fingerprint: RETURNED,
    title: '404 GET (no route)',
    kind: 'status',
    status: 404,
    path: '/wp-login.php',
    query: 'a=1',
    host: 'shop.example',
    occurredAt: NOON - HOUR_MS,
    userId: '7',
    headers: { accept: '*/*', 'x-q': "it's" },
    errorName: null,
    errorMessage: null,
    errorStack: null,
  }),
  anOccurrence({
    ...thrown,
    id: ID,
    occurredAt: NOON - 5 * MINUTE_MS,
    userId: '42',
    username: 'ada',
    traceId: 'ab'.repeat(16),
    causes: [
      {
        name: 'Error',
        message: 'socket closed',
        stack: 'Error: socket closed\n    at io (net.js:1:2)',
      },
    ],
    context: { orderId: 17 },
    breadcrumbs: [
      { at: NOON - 6 * MINUTE_MS, kind: 'note', message: 'cart opened', data: { items: 2 } },
    ],
  }),
]

let store: Store

beforeAll(async () => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date'] })
  store = libsql({ url: ':memory:' })
  await migrate(store)
})
afterAll(() => void vi.useRealTimers())
beforeEach(async () => void (await seeded(await emptied(store), occurrences)))

const piped = (...args: string[]) => runCli(args, { store, env: { USER: 'ada' } })
const onTerminal = (...args: string[]) =>
  runCli(args, { store, env: { USER: 'ada' }, answer: true })

describe('klaxon issues', () => {
  it('aligns columns on a terminal', async () => {
    const { code, stdout } = await onTerminal('issues')
    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "ISSUE       STATUS  COUNT  24H  FIRST  LAST  TITLE                           
      aaaaaaaaaa    !500      4    1     2d    5m  TypeError: Cannot charge -5 c…  
      ab00000000     404      1    1     1h    1h  404 GET (no route)              new
      "
    `)
  })

  it('prints whole values between tabs in a pipe', async () => {
    expect((await piped('issues', '--sort', 'count')).stdout).toMatchInlineSnapshot(`
      "v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	open	500	thrown	4	1	2026-11-19T12:00:00.000Z	2026-11-21T11:55:00.000Z	production	shop	TypeError: Cannot charge -5 cents
      v1:ab000000000000000000000000000000	open	404	status	1	1	2026-11-21T11:00:00.000Z	2026-11-21T11:00:00.000Z			404 GET (no route)
      "
    `)
  })

  it('prints the fields that are asked for as JSON, one issue a line', async () => {
    const { stdout } = await piped('issues', 'kind:thrown', '--json=fingerprint,count')
    expect(stdout).toBe(`{"fingerprint":"${THROWN}","count":4}\n`)
    const { code, stderr } = await piped('issues', '--json=colour')
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('there is no field "colour"; fields are fingerprint'),
    ])
  })

  it('names the next page', async () => {
    const { stderr } = await piped('issues', '--limit', '1')
    const [, after] = /--after '(.*)'/.exec(stderr)!
    expect((await piped('issues', '--after', after!)).stdout).toContain(RETURNED)
  })

  it('ends with 10 when an issue matches and --exit-code is given', async () => {
    expect((await piped('issues', 'is:open', '--exit-code')).code).toBe(10)
    const none = await piped('issues', 'is:resolved', '--exit-code')
    expect(none).toEqual({ code: 0, stdout: '', stderr: 'No issue matches is:resolved\n' })
  })

  it.each([
    [['issues', 'colour:red'], /"colour:" is not known; known are is:/],
    [['issues', '--sort', 'size'], /--sort must be one of last, first, count, recent/],
    [['issues', '--limit', '0'], /--limit must be a whole number from 1 to 100/],
    [['issues', '--wat'], /--wat/],
    [['show'], /name one occurrence/],
    [['issue', 'a', 'b'], /name one issue/],
    [['resolve'], /name issues, or all that match/],
    [['resolve', 'a', '--query', 'is:open'], /name issues, or all that match/],
    [['mute', 'a'], /one of --for, --until-count and --for-next/],
    [['mute', 'a', '--for', 'long'], /--for must be a time such as/],
    [['comment', 'a'], /write the comment/],
    [['forget'], /name the user/],
    [['forget', '--user', '1'], /Add --yes/],
    [['resolve', '--query', 'is:open'], /Add --yes/],
    [['tail', '--interval', '0s'], /--interval must be a time/],
  ])('%j ends with 2 and says why', async (args, words) => {
    const { code, stdout, stderr } = await runCli(args, { store })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(words)
  })
})

describe('klaxon issue', () => {
  it('names a person who acted in Slack without a mention', async () => {
    await store.setIssue(THROWN, { state: 'resolved' }, { now: NOON, who: '<@U042>' })
    expect((await onTerminal('issue', 'aaaa')).stdout).toContain('resolved by U042 in Slack')
  })

  it('shows an issue by the start of its fingerprint', async () => {
    expect((await onTerminal('issue', 'aaaa')).stdout).toMatchInlineSnapshot(`
      "TypeError: Cannot charge -5 cents

      fingerprint      v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      state            open
      count            4
      in 24 hours      1
      first            2d ago, 2026-11-19T12:00:00.000Z
      last             5m ago, 2026-11-21T11:55:00.000Z
      kind             thrown
      status           500
      request          POST /api/pay
      service          shop
      environment      production
      first release    1.4.2
      last release     1.4.2
      latest error id  019a0000-0000-7000-8000-00000000cafe

      Alerts
      none  No channel has asked for alerts of this service yet.

      In the newest 4
      route    /api/pay 100%
      path     /api/pay 100%
      release  1.4.2 100%
      userId   42 100%

      Occurrences
      AGO  ERROR ID                              STATUS  TITLE
       5m  019a0000-0000-7000-8000-00000000cafe    !500  POST /api/pay  TypeError: Ca…
      46h  019a0000-0000-7000-8000-000000000003    !500  POST /api/pay  TypeError: Ca…
      47h  019a0000-0000-7000-8000-000000000002    !500  POST /api/pay  TypeError: Ca…
       2d  019a0000-0000-7000-8000-000000000001    !500  POST /api/pay  TypeError: Ca…
      "
    `)
  })

  it('shows the issue of an error id, in a pipe', async () => {
    expect((await piped('issue', ID)).stdout).toMatchInlineSnapshot(`
      "title	TypeError: Cannot charge -5 cents
      fingerprint	v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      state	open
      count	4
      in 24 hours	1
      first	2026-11-19T12:00:00.000Z
      last	2026-11-21T11:55:00.000Z
      kind	thrown
      status	500
      request	POST /api/pay
      service	shop
      environment	production
      first release	1.4.2
      last release	1.4.2
      latest error id	019a0000-0000-7000-8000-00000000cafe

      Alerts
      none	No channel has asked for alerts of this service yet.

      In the newest 4
      route	/api/pay 100%
      path	/api/pay 100%
      release	1.4.2 100%
      userId	42 100%

      Occurrences
      2026-11-21T11:55:00.000Z	019a0000-0000-7000-8000-00000000cafe	v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	500	POST	/api/pay	42	1.4.2	TypeError: Cannot charge -5 cents
      2026-11-19T14:00:00.000Z	019a0000-0000-7000-8000-000000000003	v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	500	POST	/api/pay		1.4.2	TypeError: Cannot charge -5 cents
      2026-11-19T13:00:00.000Z	019a0000-0000-7000-8000-000000000002	v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	500	POST	/api/pay		1.4.2	TypeError: Cannot charge -5 cents
      2026-11-19T12:00:00.000Z	019a0000-0000-7000-8000-000000000001	v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	500	POST	/api/pay		1.4.2	TypeError: Cannot charge -5 cents
      "
    `)
  })

  it('ends with 3 when there is none, and with 2 when several begin alike', async () => {
    expect((await piped('issue', 'ffff')).code).toBe(3)
    const { code, stderr } = await piped('issue', 'a')
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('"a" is the start of several issues'),
    ])
  })
})

describe('klaxon show', () => {
  it('shows an occurrence on a terminal', async () => {
    expect((await onTerminal('show', ID)).stdout).toMatchInlineSnapshot(`
      "TypeError: Cannot charge -5 cents

      Cannot charge -5 cents

      Stack
      TypeError: Cannot charge -5 cents
          at charge (file:///app/worker.js:17:9)

      no map for release 1.4.2; none is uploaded

      Caused by
      Error: socket closed
          at io (net.js:1:2)

      Request
      request      POST shop.example/api/pay
      status       500
      route        /api/pay
      at           2026-11-21T11:55:00.000Z, 5m ago
      error id     019a0000-0000-7000-8000-00000000cafe
      service      shop
      environment  production
      release      1.4.2
      user         42 ada
      trace id     abababababababababababababababab
      runtime      node

      Context
      {
        "orderId": 17
      }

      Before it failed
      2026-11-21T11:54:00.000Z  note: cart opened {"items":2}

      Issue
      fingerprint  v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      state        open
      count        4
      first        2026-11-19T12:00:00.000Z
      older        019a0000-0000-7000-8000-000000000003
      "
    `)
  })

  it('writes a report for a person or a coding agent', async () => {
    expect((await piped('show', ID, '--md')).stdout).toMatchInlineSnapshot(`
      "# TypeError: Cannot charge \\-5 cents

      Issue \`v1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\` is open: it occurred 4 times from 2026-11-19T12:00:00.000Z to 2026-11-21T11:55:00.000Z, first in release \`1.4.2\`.

      ## Error

      The handler threw \`TypeError\`; the client got 500.

      \`\`\`
      Cannot charge -5 cents
      \`\`\`

      Stack:

      \`\`\`
      TypeError: Cannot charge -5 cents
          at charge (file:///app/worker.js:17:9)
      \`\`\`

      no map for release 1.4.2; none is uploaded

      ## Caused by

      \`\`\`
      Error: socket closed
          at io (net.js:1:2)
      \`\`\`

      ## Request

      - Request: \`POST shop.example/api/pay\`
      - Route: \`/api/pay\`
      - Status: \`500\`
      - At: \`2026-11-21T11:55:00.000Z\`
      - Error id: \`019a0000-0000-7000-8000-00000000cafe\`
      - Service: \`shop\`
      - Environment: \`production\`
      - Release: \`1.4.2\`
      - Runtime: \`node\`
      - User: \`42 ada\`
      - Trace id: \`abababababababababababababababab\`

      ## Context

      \`\`\`json
      {
        "orderId": 17
      }
      \`\`\`

      ## Before it failed

      - 2026-11-21T11:54:00.000Z note: \`cart opened\` \`{"items":2}\`
      "
    `)
  })

  it('writes the request as a curl command, and as a comment where it may change something', async () => {
    const { rows } = await createReader(store).feed('status:404')
    expect((await piped('show', rows[0]!.id, '--curl')).stdout).toMatchInlineSnapshot(`
      "curl -g 'https://shop.example/wp-login.php?a=1' \\
        -H 'x-klaxon-resend: 019a0000-0000-7000-8000-000000000004' \\
        -H 'accept: */*' \\
        -H 'x-q: it'\\''s'
      "
    `)
    expect((await piped('show', ID, '--curl')).stdout).toMatchInlineSnapshot(`
      "# It may change something: read it, add its body, and remove the "#".
      # curl -g 'https://shop.example/api/pay' \\
      #   -X 'POST' \\
      #   -H 'x-klaxon-resend: 019a0000-0000-7000-8000-00000000cafe'
      "
    `)
  })

  it('finds the newest occurrence of an issue and of a trace', async () => {
    for (const ref of [THROWN, 'aaaa', 'ab'.repeat(16)]) {
      const { stdout } = await piped('show', ref, '--json=id')
      expect(stdout).toBe(`{"id":"${ID}"}\n`)
    }
  })

  it('ends with 3 and says what may have become of an id', async () => {
    const { code, stderr } = await piped('show', '019a0000-0000-7000-8000-0000000000ff')
    expect(code).toBe(3)
    expect(stderr).toMatch(/pruned by retention, or only in the log, which `klaxon replay` reads/)
  })
})

describe('what changes issues', () => {
  const stateOf = async (ref: string) => (await createReader(store).issue(ref))!.issue

  it('names the database, prints what was changed, and keeps who did it', async () => {
    const { code, stdout, stderr } = await piped('resolve', 'aaaa', '--comment', 'fixed')
    expect([code, stdout]).toEqual([0, `${THROWN}\n`])
    expect(stderr).toBe('Resolved 1 issue in the test database.\n')
    const { history } = (await createReader(store).issue(THROWN))!
    expect(history[0]).toMatchObject({ what: 'resolved', who: 'ada', data: { comment: 'fixed' } })
  })

  it('asks on a terminal, and changes nothing when the answer is no', async () => {
    const world = { store, answer: false }
    const { code, stderr } = await runCli(['ignore', 'aaaa'], world)
    expect(code).toBe(130)
    expect(stderr).toBe('Ignore 1 issue in the test database?Cancelled. Nothing was changed.\n')
    expect((await stateOf(THROWN)).state).toBe('open')
    expect((await runCli(['ignore', 'aaaa', '--yes'], world)).code).toBe(0)
    expect((await stateOf(THROWN)).state).toBe('ignored')
  })

  it('changes all that match a query', async () => {
    const { stdout } = await piped('mute', '--query', 'is:open', '--for', '24h', '--yes')
    expect(stdout.split('\n').toSorted()).toEqual(['', RETURNED, THROWN].toSorted())
    expect((await stateOf(RETURNED)).muted).toBe(true)
    expect((await piped('unmute', RETURNED)).code).toBe(0)
    expect((await stateOf(RETURNED)).muted).toBe(false)
  })

  it('ends with 3 when nothing is found, with 5 when a part is, with 0 when all was done before', async () => {
    expect((await piped('resolve', 'ffff')).code).toBe(3)
    expect((await piped('resolve', 'ffff', THROWN)).code).toBe(5)
    const again = await piped('resolve', THROWN)
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('was left alone: it is resolved already')
    expect((await piped('reopen', THROWN)).code).toBe(0)
  })

  it('comments, and resolves in the next release', async () => {
    expect((await piped('comment', THROWN, '--comment', 'mine')).code).toBe(0)
    expect((await piped('resolve', THROWN, '--in-next-release')).code).toBe(0)
    expect(await stateOf(THROWN)).toMatchObject({ state: 'resolved', resolvedIn: ['1.4.2'] })
  })

  it('forgets a user', async () => {
    const { code, stdout, stderr } = await piped('forget', '--user', '7', '--yes', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ occurrences: 1, issues: 1 })
    expect(stderr).toBe(
      "Deleted 1 occurrences from the test database; 1 issues were this user's alone.\n",
    )
    expect(await stateOf(RETURNED)).toMatchObject({
      title: '(forgotten)',
      count: 1,
      lastOccurrenceId: null,
    })
    expect((await createReader(store).list('wp-login')).issues).toEqual([])
    expect((await piped('forget', '--user', '7', '--yes')).code).toBe(3)
    expect((await stateOf(THROWN)).title).toBe(thrown.title)
  })
})

describe('other pages', () => {
  it('lists releases, alerts and health', async () => {
    expect((await piped('releases')).stdout).toBe(
      `1.4.2\tshop\t${new Date(NOON - 2 * DAY_MS).toISOString()}\t1\t${THROWN}\n`,
    )
    expect(await piped('alerts')).toEqual({ code: 0, stdout: '', stderr: 'No alerts.\n' })
    expect((await piped('health', '--since', '3h')).stdout.split('\n').length).toBe(4)
    expect((await onTerminal('health')).stdout).toContain('about 5 rows')
    expect(JSON.parse((await piped('health', '--json')).stdout)).toMatchObject({
      rows: { occurrences: 5 },
    })
  })

  it('exports what matches as lines of JSON', async () => {
    const { stdout, stderr } = await piped(
      'export',
      'kind:thrown',
      '--json=id,status',
      '--limit',
      '2',
    )
    expect(stdout.split('\n')[0]).toBe(`{"id":"${ID}","status":500}`)
    expect([stdout.split('\n').length, stderr]).toEqual([3, '2 occurrences\n'])
  })

  it('tails what is written, until it is interrupted', async () => {
    const interruption = new AbortController()
    let printed = ''
    const running = runCli(['tail', 'status:404', '--interval', '1s', '--json=status,path'], {
      store: {
        ...store,
        [Symbol.for('klaxon.driver')]: (store as never)[Symbol.for('klaxon.driver')],
      },
      signal: interruption.signal,
    }).then((ran) => (printed = ran.stdout))
    await new Promise((done) => setTimeout(done, 200))
    const late = anOccurrence({
      status: 404,
      kind: 'status',
      path: '/late',
      occurredAt: NOON - DAY_MS,
    })
    await store.write({
      attempt: 'x',
      now: NOON,
      channels: [],
      policy: { every: false, cooldownMs: 1, milestones: [], perMinute: 1 } as never,
      occurrences: [{ occurrence: late, count: 1, row: true }],
    })
    await new Promise((done) => setTimeout(done, 1_500))
    interruption.abort()
    await running
    expect(printed).toBe('{"status":404,"path":"/late"}\n')
  })
})
