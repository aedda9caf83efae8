import { build, type BuildOptions } from 'esbuild'
import fc from 'fast-check'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { fingerprint } from '../../src/capture/fingerprint.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { memory } from '../../src/store/memory/memory.ts'

/** The fingerprints that a klaxon gives to errors, in their order. */
async function keysOf(errors: readonly unknown[], options: KlaxonOptions = {}): Promise<string[]> {
  const store = memory()
  const klaxon = createKlaxon({ log: false, environment: 'test', store, ...options })
  const ids = errors.map((error) => klaxon.report(error)!)
  await klaxon.flush()
  const rows = await store.occurrences({ limit: errors.length })
  const byId = new Map(rows.map((row) => [row.id, row.fingerprint]))
  return ids.map((id) => byId.get(id)!)
}

const issuesOf = async (errors: readonly unknown[], options: KlaxonOptions = {}): Promise<number> =>
  new Set(await keysOf(errors, options)).size

/** An error thrown in a function of that name, as in a bundle that keeps names. */
function thrownIn(name: string, error: Error): Error {
  error.stack = `${error.name}: ${error.message}\n    at ${name} (worker.js:1:${name.length * 17})\n    at Array.<anonymous> (worker.js:1:99)`
  return error
}

const errorsOf = (messages: readonly string[]): Error[] =>
  messages.map((message) => thrownIn('somewhere', new Error(message)))

describe('values of one problem make one issue', () => {
  test.each<[string, string[], KlaxonOptions?]>([
    [
      'numbers, whether or not one passes for a card',
      ['Order 4000123400005675 not found', 'Order 4000123400005676 not found', 'Order 7 not found'],
    ],
    [
      'time stamps of 14 digits with telephones masked',
      ['Batch 20261121170533 failed to load', 'Batch 02061121170533 failed to load'],
      { redact: { phone: 'mask' } },
    ],
    [
      'telephones, masked or not',
      ['No reply from +49 30 1234567 today', 'No reply from 5 today'],
      { redact: { phone: 'mask' } },
    ],
    [
      'e-mails, hashed or not',
      [
        'No mailbox for a@b.co here',
        `No mailbox for o'brien@exämple.de here`,
        'No mailbox for jürgen@x.io here',
      ],
      { redact: { email: 'hash' } },
    ],
    [
      'e-mails with an apostrophe and other alphabets',
      ['No mailbox for a@b.co here', `No mailbox for o'brien@exämple.de here`],
    ],
    [
      'addresses',
      [
        'Refused by 10.0.0.1 at last',
        'Refused by 2001:db8::ff00:42:8329 at last',
        'Refused by ::1 at last',
        'Refused by fe80::1%eth0 at last',
      ],
    ],
    [
      'MAC addresses',
      ['Device 00:1B:44:11:3A:B7 is unknown', 'Device 00-1b-44-11-3a-b8 is unknown'],
    ],
    [
      'names in quotes with apostrophes',
      [
        `Customer 'Pat O'Brien' has no address`,
        `Customer 'Li' has no address`,
        `Customer 'D'Arcy O'Neil' has no address`,
      ],
    ],
    [
      'quoted values of any length',
      [`Value "${'long '.repeat(700)}" is refused here`, `Value "short" is refused here`],
    ],
    [
      'quoted values with line breaks',
      ['Value "one\ntwo\nthree" is refused here', 'Value "x" is refused here'],
    ],
    [
      'quote marks of every kind',
      [
        'Wert ‘a b’ fehlt im Formular',
        'Wert „c“ fehlt im Formular',
        'Wert “d” fehlt im Formular',
        'Wert «e» fehlt im Formular',
        'Wert `f` fehlt im Formular',
        'Wert 「g」 fehlt im Formular',
        "Wert 'h' fehlt im Formular",
      ],
    ],
    [
      'a long URL before the text that says what',
      [
        `GET https://api.test/${'a/'.repeat(600)} was answered by nobody`,
        'GET https://x.test was answered by nobody',
      ],
    ],
    [
      'lists of placeholders',
      Array.from(
        { length: 8 },
        (_, n) =>
          `Lookup failed for rows in (${Array(n + 1)
            .fill('?')
            .join(', ')})`,
      ),
    ],
    [
      'lists of values',
      ['Unknown members: 1, 2, 3', 'Unknown members: 1', 'Unknown members: 4, 5'],
    ],
    [
      'amounts, sizes and signs',
      ['Value −3 is refused here', 'Value €5 is refused here', 'Value 1.5 MB is refused here'],
    ],
    [
      'numbers in scripts without spaces',
      ['注文15が見つかりません', '注文7が見つかりません', '注文2026年11月21日が見つかりません'],
    ],
    ['what other short messages quote', [`No 'bob'`, `No 'amy'`, `No 'o'brien'`]],
    ['dates as Date prints them', dates().map((date) => `Slot ${date} is already taken`)],
    [
      'ids of every form',
      [
        'Job 0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f is stuck',
        'Job 01ARZ3NDEKTSV4RRFFQ69G5FAV is stuck',
        'Job V1StGXR8_Z5jdHi6B-myT is stuck',
        'Job 5f8d0d55b54764421b7156d9 is stuck',
        'Job deadbeef is stuck',
      ],
    ],
  ])('%s', async (_name, messages, options) => {
    expect(await issuesOf(errorsOf(messages), options)).toBe(1)
  })

  test('a broken JSON text, whatever the engine says of it', async () => {
    const bodies = [
      '',
      '{',
      'hello',
      '{"a":}',
      '"x',
      '[1,',
      'undefined',
      '{a:1}',
      '{"a":1}}',
      '"\n"',
      '-',
      '01',
    ]
    const errors = bodies.map((body) => {
      try {
        JSON.parse(body)
        return new Error('parsed')
      } catch (error) {
        return thrownIn('readOrder', error as Error)
      }
    })
    expect(await issuesOf(errors)).toBe(1)
  })

  test('what a validator has received', async () => {
    const refused = ['bob', 'amy', 'zoe'].map((received, at) => {
      const issue = { received, code: 'invalid_enum_value', path: ['users', at, 'role'] }
      const error = new Error(
        JSON.stringify([issue, { code: 'custom', path: ['x'] }].slice(0, at + 1)),
      )
      return thrownIn('signUp', Object.assign(error, { name: 'ZodError' }))
    })
    expect(await issuesOf(refused)).toBe(1)
  })

  test('inserts of one to five rows', async () => {
    const failed = [1, 2, 3, 4, 5].map((n) => {
      const rows = Array(n).fill('(?, ?)').join(', ')
      return thrownIn(
        'saveAll',
        new Error(`Failed query: insert into "users" ("id", "name") values ${rows}\nparams: 1,2`),
      )
    })
    expect(await issuesOf(failed)).toBe(1)
  })
})

function dates(): string[] {
  const days = [Date.UTC(2026, 10, 21, 17, 5, 33), Date.UTC(2026, 4, 1, 3, 5, 3)].map(
    (t) => new Date(t),
  )
  return days.flatMap((d) => [
    String(d),
    d.toISOString(),
    d.toUTCString(),
    d.toDateString(),
    d.toTimeString(),
    d.toLocaleString('en-US', { timeZone: 'UTC' }),
    d.toLocaleString('en-GB', { timeZone: 'UTC' }),
    d.toLocaleString('de-DE', { timeZone: 'UTC' }),
    d.toLocaleString('ja-JP', { timeZone: 'UTC' }),
    d.toLocaleString('ko-KR', { timeZone: 'UTC' }),
    d.toLocaleString('ar-EG', { timeZone: 'UTC' }),
    d.toLocaleString('sv-SE', { timeZone: 'UTC' }),
    d.toLocaleDateString('en-US', { timeZone: 'UTC', dateStyle: 'full' }),
    d.toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' }),
    d.toLocaleTimeString('en-US', { timeZone: 'UTC' }),
    d.toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'full', timeStyle: 'full' }),
    JSON.stringify(d),
    String(d.getTime()),
    // Node 20 prints a time in Korean like this.
    `2026. 5. 2. ${d.getUTCHours() < 12 ? 'AM' : 'PM'} 3:05:03`,
  ])
}

describe('problems that an engine words alike are told apart', () => {
  const reading = (name: string): string =>
    `Cannot read properties of undefined (reading '${name}')`

  test.each<[string, Error[]]>([
    [
      'by the property',
      [
        thrownIn('load', new TypeError(reading('email'))),
        thrownIn('load', new TypeError(reading('price'))),
      ],
    ],
    [
      'by the function',
      [
        thrownIn('signUp', new TypeError(reading('id'))),
        thrownIn('checkOut', new TypeError(reading('id'))),
      ],
    ],
    [
      'by the table',
      ['users', 'orders'].map((table) =>
        thrownIn(
          'find',
          new Error(`Failed query: select "id" from "${table}" where "id" = ?\nparams: 1`),
        ),
      ),
    ],
    [
      'by the code of the cause',
      ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT'].map((code) =>
        thrownIn(
          'load',
          new TypeError('fetch failed', {
            cause: Object.assign(new Error(`connect ${code}`), { code }),
          }),
        ),
      ),
    ],
    [
      'by what a cause says',
      ['certificate expired', 'socket hang up'].map((text) =>
        thrownIn('load', new TypeError('fetch failed', { cause: new Error(text) })),
      ),
    ],
    [
      'by the call of Prisma',
      ['create', 'findMany'].map((call) =>
        thrownIn(
          'save',
          new Error(
            `\nInvalid \`prisma.user.${call}()\` invocation:\n\n\nUnique constraint failed`,
          ),
        ),
      ),
    ],
    [
      'by what a ZodError lists',
      ['email', 'age'].map((path) =>
        thrownIn(
          'signUp',
          Object.assign(
            new Error(
              JSON.stringify(
                [{ code: 'invalid_type', path: [path], message: 'Required' }],
                null,
                2,
              ),
            ),
            { name: 'ZodError' },
          ),
        ),
      ),
    ],
    [
      'by the code of an issue',
      ['invalid_type', 'too_small', 'custom'].map((code) =>
        thrownIn('signUp', new Error(JSON.stringify([{ code, path: ['email'] }], null, 2))),
      ),
    ],
    [
      'by the path of an issue, whatever stands before it',
      ['email', 'age'].map((path) =>
        thrownIn(
          'signUp',
          Object.assign(
            new Error(
              JSON.stringify(
                [
                  {
                    received: 'bob',
                    code: 'invalid_enum_value',
                    options: ['a', 'b'],
                    path: [path],
                  },
                ],
                null,
                2,
              ),
            ),
            { name: 'ZodError' },
          ),
        ),
      ),
    ],
    [
      'by the names of the schema that a database quotes',
      [
        'relation "users" does not exist',
        'relation "orders" does not exist',
        'duplicate key value violates unique constraint "users_email_key"',
        'duplicate key value violates unique constraint "orders_no_key"',
        'null value in column "a" of relation "t" violates not-null constraint',
        'null value in column "b" of relation "t" violates not-null constraint',
        "Table 'users' doesn't exist",
        "Unknown column 'a' in 'field list'",
        "Unknown column 'b' in 'field list'",
      ].map((message) => thrownIn('find', new Error(message))),
    ],
    [
      'by what scripts without spaces say after a number, a mask, an address',
      [
        ...['注文15が見つかりません', '注文15が期限切れです', '订单15不存在', '订单15已取消'],
        ...['メールa@b.coが無効です', 'メールa@b.coが期限切れです'],
        ...['https://a.test/xが失敗しました', 'https://a.test/xが期限切れです'],
        ...['คำสั่งซื้อ15ไม่พบ', 'คำสั่งซื้อ15หมดอายุ', '番号[Filtered]が見つかりません'],
        ...['番号[Filtered]が期限切れです'],
      ].map((message) => thrownIn('find', new Error(message))),
    ],
    [
      'by the place of a broken JSON text',
      [
        thrownIn('readOrder', new SyntaxError('Unexpected end of JSON input')),
        thrownIn('readCart', new SyntaxError('Unexpected end of JSON input')),
      ],
    ],
  ])('%s', async (_name, errors) => {
    expect(await issuesOf(errors)).toBe(errors.length)
  })

  test('and the key of one outlives a build, whose lines and short names move', async () => {
    const built = [
      ['a4', 31],
      ['c4', 77],
    ].map(([name, at]) => {
      const error = new TypeError(reading('id'))
      error.stack = `TypeError: ${error.message}\n    at ${name} (worker.js:1:${at})\n    at chargeCard (worker.js:9:${at})\n    at klaxonFetch (worker.js:3:1)`
      return error
    })
    expect(await issuesOf(built)).toBe(1)
  })

  test('by the route where no function tells', async () => {
    const store = memory()
    const klaxon = createKlaxon({
      store,
      log: false,
      route: (request) => new URL(request.url).pathname,
    })
    const failing = klaxon.wrap(async (_request: Request): Promise<Response> => {
      throw Object.assign(new TypeError(reading('id')), {
        stack: 'TypeError: x\n    at a (w.js:1:1)',
      })
    })
    for (const path of ['/signup', '/cart', '/cart']) await failing(new Request(`http://x${path}`))
    await klaxon.flush()
    expect(await store.issues()).toHaveLength(2)
  })
})

describe('the place of a generic message', () => {
  /** Whether a stack's place is the function named `place`, and not the route. */
  async function isPlace(place: string, stack: string, name = 'TypeError'): Promise<boolean> {
    const message = 'Cannot read properties of undefined'
    const own = Object.assign(new Error(message), { name, stack: `${name}: ${message}\n${stack}` })
    const plain = thrownIn(place, Object.assign(new Error(message), { name }))
    return (await issuesOf([own, plain])) === 1
  }
  const noise = (count: number, line = '    at Array.map (<anonymous>)\n'): string =>
    line.repeat(count)

  test.each([
    ['of a method', '    at Cart.total (worker.js:1:2)', 'total'],
    ['of a private method', '    at #total (worker.js:1:2)', 'total'],
    ['of a constructor', '    at new Basket (worker.js:1:2)', 'Basket'],
    ['of an async function', '    at async loadCart (worker.js:1:2)', 'loadCart'],
    ['that has another name', '    at Object.total [as sum] (worker.js:1:2)', 'total'],
    ['of JavaScriptCore', 'total@https://a.test/app.js:12:345', 'total'],
    ['of JavaScriptCore, async', 'async loadCart@app.js:12:345', 'loadCart'],
    [
      'after frames without a name',
      '    at worker.js:1:2\n@app.js:1:2\n    at total (a.js:1:2)',
      'total',
    ],
    [
      'after those of libraries',
      '    at send (/x/node_modules/y.js:1:2)\n    at total (a.js:1:2)',
      'total',
    ],
    ['after short names', '    at ab (a.js:1:2)\n    at total (a.js:1:2)', 'total'],
    [
      'after a dispatch of its own',
      '    at Bus.dispatch (a.js:1:2)\n    at total (a.js:1:2)',
      'total',
    ],
    ['in a folder like klaxon', '    at total (/klaxonDemo (1)/a.js:1:2)', 'total'],
    ['after a timer', '    at Timeout._onTimeout (a.js:1:2)\n    at total (a.js:1:2)', 'total'],
    ['after eleven others', `${noise(11)}    at total (a.js:1:2)`, 'total'],
  ])('is the function %s', async (_, stack, place) => {
    expect(await isPlace(place, stack)).toBe(true)
  })

  test.each([
    ['after twelve others', `${noise(12)}    at total (a.js:1:2)`],
    ['below klaxon', '    at klaxonFetch (w.js:1:2)\n    at total (a.js:1:2)'],
    [
      'below klaxon as a method',
      '    at Object.klaxonFetch [as fetch] (w.js:1:2)\n    at total (a.js:1:2)',
    ],
    ['below klaxon in JavaScriptCore', 'async klaxonSettle@w.js:1:2\ntotal@a.js:1:2'],
    [
      'that calls and is called by a minified one',
      `    at u (w.js:1:2)\n    at w.js:1:2\n    at total (w.js:1:2)\n    at u (w.js:1:2)`,
    ],
    ['below Hono', '    at async dispatch2 (w.js:1:2)\n    at total (a.js:1:2)'],
    ['below Hono in JavaScriptCore', 'dispatch@w.js:1:2\ntotal@a.js:1:2'],
    ['in a line of the message', 'x    at total (a.js:1:2)'],
    ['in a line that goes on', 'total@app.js:12:345 and more'],
  ])('is no function %s', async (_, stack) => {
    expect(await isPlace('total', stack)).toBe(false)
  })

  test('tells broken JSON of a SyntaxError only', async () => {
    const message = 'Unexpected token in JSON at position 4'
    const two = ['Unexpected end of JSON input', message].map((text) =>
      thrownIn('read', Object.assign(new Error(text), { name: 'ParseError' })),
    )
    expect(await issuesOf(two)).toBe(2)
  })
})

/** Two Hono apps of four routes whose handlers have no name, one under middlewares. */
const BUNDLED = `
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { logger } from 'hono/logger'
import { createKlaxon } from './src/klaxon.ts'
import { memory } from './src/store/memory/memory.ts'

async function authenticate(_c, next) {
  await next()
}
function routed(app) {
  for (const path of ['/a', '/b']) app.get(path, () => undefined.id)
  for (const path of ['/c', '/d'])
    app.get(path, async () => {
      await null
      return undefined.id
    })
  return app
}
export async function find(done) {
  const found = []
  for (const app of [new Hono(), new Hono().use(cors(), logger(() => {})).use(authenticate)]) {
    const store = memory()
    const klaxon = createKlaxon({ store, log: false, environment: 'test' })
    const { fetch } = klaxon.wrap(routed(app))
    for (const path of ['/a', '/b', '/c', '/d']) await fetch(new Request('http://x' + path))
    await klaxon.flush()
    const rows = await store.occurrences({ limit: 9 })
    found.push(rows.sort((x, y) => (x.path < y.path ? -1 : 1)).map((row) => row.fingerprint))
  }
  done(found)
}
`

/**
 * The keys of each app in a bundle. It runs as a script, whose stacks vitest does not map, and
 * calls back, so that no stack goes on in this file.
 */
async function bundledKeys(options: BuildOptions): Promise<string[][]> {
  const { outputFiles } = await build({
    stdin: { contents: BUNDLED, resolveDir: root },
    ...{ bundle: true, write: false, format: 'iife', globalName: 'built', ...options },
  })
  const code = `(() => {${outputFiles![0]!.text}\nreturn built.find})()`
  const find = runInThisContext(code, { filename: '/srv/worker.js' }) as (
    done: (keys: string[][]) => void,
  ) => Promise<void>
  return new Promise((resolve) => setTimeout(() => void find(resolve)))
}

test('routes of nameless handlers are different issues, the same in every bundle', async () => {
  const [plain, ...others] = await Promise.all(
    [{}, { minify: true, keepNames: true }, { minify: true }].map(bundledKeys),
  )
  const [bare, underMiddlewares] = plain!
  expect(new Set(bare).size).toBe(4)
  expect(underMiddlewares).toEqual(bare)
  expect(others).toEqual([plain, plain])
})

describe('properties', () => {
  const keyOf = (errorMessage: string): string =>
    fingerprint({
      kind: 'thrown',
      service: null,
      environment: null,
      status: 500,
      method: 'GET',
      path: '/',
      route: null,
      errorName: 'Error',
      errorMessage,
      errorStack: null,
      causes: null,
    })

  const word = fc.stringMatching(/^[g-z]{3,9}$/)
  const template = fc.array(word, { minLength: 4, maxLength: 8 })
  const quote = fc.constantFrom(
    ['"', '"'],
    ["'", "'"],
    ['`', '`'],
    ['“', '”'],
    ['„', '“'],
    ['‘', '’'],
    ['«', '»'],
  )
  const value = fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.uuid(),
    fc.ipV4(),
    fc.ipV6(),
    fc
      .date({ noInvalidDate: true, min: new Date('1990-01-01'), max: new Date('2090-01-01') })
      .chain((d) =>
        fc.constantFrom(String(d), d.toISOString(), d.toUTCString(), d.toLocaleString('en-US')),
      ),
    // A quote mark that may be part of an address opens a quoted value, unless it is between
    // letters.
    fc.emailAddress().filter((address) => !/`|(?<![a-z])'|'(?![a-z])/i.test(address)),
    fc.webUrl().filter((url) => !/'/.test(url)),
    fc.stringMatching(/^[\da-f]{12,40}$/),
    fc
      .tuple(quote, fc.stringMatching(/^[A-Za-z][A-Za-z ]{0,30}[a-z]$/))
      .map(([[open, close], text]) => `${open}${text}${close}`),
  )

  test('another value of any kind never changes the key', () => {
    fc.assert(
      fc.property(
        template,
        fc.array(value, { minLength: 2, maxLength: 6 }),
        fc.nat(),
        (words, values, at) => {
          const place = 1 + (at % (words.length - 1))
          const messages = values.map((v) =>
            [...words.slice(0, place), v, ...words.slice(place)].join(' '),
          )
          expect(new Set(messages.map(keyOf)).size).toBe(1)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('templates of different words never share a key', () => {
    fc.assert(
      fc.property(template, template, value, (one, two, v) => {
        fc.pre(one.join(' ') !== two.join(' '))
        const messages = [one, two].map(
          (words) => `${words.slice(0, 2).join(' ')} ${v} ${words.slice(2).join(' ')}`,
        )
        fc.pre(messages[0] !== messages[1])
        expect(new Set(messages.map(keyOf)).size).toBe(2)
      }),
      { numRuns: 2_000 },
    )
  })
})
