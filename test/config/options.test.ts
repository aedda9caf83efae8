import { describe, expect, test, vi } from 'vitest'
import { createKlaxon, withKlaxon } from '../../src/klaxon.ts'

const handler = (): Response => new Response('ok')
const notifier = (name: string) => ({ name, send: async () => ({ ok: true as const }) })

describe('a bad option', () => {
  const cases: [unknown, string][] = [
    [null, 'klaxon: options must be an object, or a function of env that returns one; got null'],
    [
      'slack',
      'klaxon: options must be an object, or a function of env that returns one; got "slack"',
    ],
    [{ stroe: 1 }, 'klaxon: option `stroe` is unknown; the options are store, notify, envelope,'],
    [
      { store: 'libsql://x' },
      'klaxon: option `store` must be a Store such as libsql({ url }) or memory(); got "libsql://x"',
    ],
    [{ capture: true }, 'klaxon: option `capture` must be a function; got true'],
    [{ onError: 1 }, 'klaxon: option `onError` must be a function; got 1'],
    [{ user: 'me' }, 'klaxon: option `user` must be a function; got "me"'],
    [{ clientIp: '1.2.3.4' }, 'klaxon: option `clientIp` must be a function; got "1.2.3.4"'],
    [{ route: '/x' }, 'klaxon: option `route` must be a function; got "/x"'],
    [{ fingerprint: 'x' }, 'klaxon: option `fingerprint` must be a function; got "x"'],
    [{ environment: 5 }, 'klaxon: option `environment` must be a string; got 5'],
    [{ release: {} }, 'klaxon: option `release` must be a string; got an object'],
    [{ rethrow: 'yes' }, 'klaxon: option `rethrow` must be true or false; got "yes"'],
    [
      { trustProxy: true },
      'klaxon: option `trustProxy` must be how many proxies to trust, a whole number from 0; got true',
    ],
    [
      { maxRowsPerMinute: -1 },
      'klaxon: option `maxRowsPerMinute` must be a whole number from 0, or false for no limit; got -1',
    ],
    [
      { fallback: [] },
      'klaxon: option `fallback` must be queue(env.QUEUE), spool(path), a second Store, or an object with put(entries); got an array',
    ],
    [
      { log: true },
      'klaxon: option `log` must have error() and warn() as console has, or be false; got true',
    ],
    [
      { timeZone: 'Mars/Base' },
      'klaxon: option `timeZone` must be an IANA name such as "Europe/Berlin"; got "Mars/Base"',
    ],
    [
      { notify: 'https://hooks' },
      'klaxon: option `notify` must be a channel such as slack({ webhookUrl }), or a list of them; got "https://hooks"',
    ],
    [
      { notify: [notifier('a'), notifier('a')] },
      'klaxon: option `notify` has two channels named "a"; give each its own `name`',
    ],
    [{ notify: { to: notifier('a') } }, 'klaxon: option `notify` with `to` needs `when`'],
    [
      { envelope: 'api' },
      'klaxon: option `envelope` must be true, false or { paths, methods, format, text }; got "api"',
    ],
    [
      { envelope: { paths: 'api' } },
      'klaxon: option `envelope.paths` must be a list of path segments',
    ],
    [
      { envelope: { paths: ['api/v1'] } },
      'klaxon: option `envelope.paths` takes single segments without "/"; got "api/v1"',
    ],
    [
      { envelope: { methods: 'GET' } },
      'klaxon: option `envelope.methods` must be a list of methods',
    ],
    [
      { envelope: { format: 'xml' } },
      'klaxon: option `envelope.format` must be "envelope", "problem" or a function; got "xml"',
    ],
    [
      { alerts: 'all' },
      'klaxon: option `alerts` must be "every", "quiet" or { when, minStatus, cooldownMs, milestones, perMinute }; got "all"',
    ],
    [{ alerts: { when: 1 } }, 'klaxon: option `alerts.when` must be a function; got 1'],
    [
      { alerts: { cooldownMs: '5m' } },
      'klaxon: option `alerts.cooldownMs` must be milliseconds, a whole number from 0; got "5m"',
    ],
    [
      { alerts: { perMinute: -1 } },
      'klaxon: option `alerts.perMinute` must be a whole number from 0; got -1',
    ],
    [
      { alerts: { milestones: [0] } },
      'klaxon: option `alerts.milestones` must be a list of counts such as [10, 100, 1000]',
    ],
  ]

  test.each(cases)('%j names the option and the mend', (options, message) => {
    expect(() => createKlaxon(options as never)).toThrow(message)
  })

  test('is a KlaxonError with a code', () => {
    expect(() => createKlaxon({ rethrow: 1 } as never)).toThrow(
      expect.objectContaining({ name: 'KlaxonError', code: 'BAD_OPTION' }),
    )
  })
})

test.each([[{}], [42], [null]])('a target that is no handler is refused: %j', (target) => {
  expect(() => withKlaxon(target as never)).toThrow('klaxon: the target must be a fetch function')
})

describe('options as a function of env', () => {
  test('are resolved once per env', async () => {
    let calls = 0
    const wrapped = withKlaxon(handler, () => {
      calls++
      return {}
    })
    const env = {}
    for (let i = 0; i < 3; i++) await (wrapped as Function)(new Request('http://x/'), env)
    await (wrapped as Function)(new Request('http://x/'), {})
    await (wrapped as Function)(new Request('http://x/'), env)
    expect(calls).toBe(2)
  })

  test('that are bad are told once, and the response still goes out', async () => {
    const lines: string[] = []
    const { warn } = console
    console.warn = (line: string) => lines.push(line)
    try {
      const wrapped = withKlaxon(handler, () => ({ stroe: 1 }) as never)
      const env = {}
      for (let i = 0; i < 3; i++) {
        const response: Response = await (wrapped as Function)(new Request('http://x/'), env)
        expect(await response.text()).toBe('ok')
      }
    } finally {
      console.warn = warn
    }
    expect(lines.filter((line) => line.includes('`stroe` is unknown'))).toHaveLength(1)
  })

  test("get the process's environment where the host hands over its own object", async () => {
    let seen: unknown
    const wrapped = withKlaxon(handler, (env) => {
      seen = env
      return {}
    })
    await (wrapped as Function)(new Request('http://x/'), { incoming: {}, outgoing: {} })
    expect(seen).toBe(process.env)
  })
})

test('options that cannot be had are told once a minute, however many envs there are', () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  try {
    const handler = withKlaxon(
      () => new Response('fine'),
      () => {
        throw new TypeError('no binding')
      },
    ) as (request: Request, env: object) => Response
    for (let nth = 0; nth < 5; nth++) {
      expect(handler(new Request('http://x/'), { nth }).status).toBe(200)
    }
    const lines = [...logged.mock.calls, ...warned.mock.calls].map(([line]) => String(line))
    expect(lines).toEqual([expect.stringContaining('the options function threw TypeError')])
  } finally {
    vi.restoreAllMocks()
  }
})
