import { describe, expect, test } from 'vitest'
import {
  describe as describeError,
  hasOwnResponse,
  isWholeResponse,
  ownResponseOf,
  plainDescription,
} from '../../src/capture/describe-error.ts'

const withoutStack = <T extends Error>(error: T): T => Object.assign(error, { stack: undefined })
const throwing = (...keys: string[]): object => {
  const get = (): never => {
    throw new Error('no')
  }
  return Object.defineProperties({}, Object.fromEntries(keys.map((key) => [key, { get }])))
}
function revoked(of: object): object {
  const { proxy, revoke } = Proxy.revocable(of, {})
  revoke()
  return proxy
}
const messagesOf = (value: unknown, before?: unknown): string[] =>
  describeError(value, before).causes.map(({ message }) => message)

test('an error has its name, its message, its stack and nothing else', () => {
  const error = new RangeError('too far')
  expect(describeError(error)).toStrictEqual({
    name: 'RangeError',
    message: 'too far',
    stack: error.stack,
    code: null,
    status: null,
    expose: null,
    causes: [],
  })
})

test('a plain description has no stack unless it is given one', () => {
  const nothingElse = { code: null, status: null, expose: null, causes: [] }
  for (const stack of [undefined, null])
    expect(plainDescription('Error', 'late', stack)).toStrictEqual({
      ...{ name: 'Error', message: 'late', stack: null },
      ...nothingElse,
    })
  expect(plainDescription('Error', 'late', 'Error: late\n    at f (a.js:1:2)').stack).toBe(
    'Error: late\n    at f (a.js:1:2)',
  )
})

test('a stack or a message that is no text is not taken', () => {
  const odd = { name: 'Odd', message: { en: 'no' }, stack: ['at f'] }
  expect(describeError(odd)).toMatchObject({
    name: 'Odd',
    message: '{"name":"Odd","message":{"en":"no"},"stack":["at f"]}',
    stack: null,
  })
})

describe('the name', () => {
  class PaymentError {
    message = 'declined'
  }
  const Nameless = (() => class {})()

  test.each<[string, unknown, string]>([
    ['of null', null, 'null'],
    ['of undefined', undefined, 'undefined'],
    ['of a number', 7, 'number'],
    ['of a text', 'no', 'string'],
    ['of an own member', { name: 'Mine', message: 'no' }, 'Mine'],
    ['of a function', function oops() {}, 'oops'],
    ['of the class', new PaymentError(), 'PaymentError'],
    ['of the class, beside a name that is no text', { name: 7 }, 'Object'],
    ['Object, for a class without a name', new Nameless(), 'Object'],
    ['Object, for a class whose name is no text', { constructor: { name: 7 } }, 'Object'],
    ['Object, for an object without a prototype', Object.create(null), 'Object'],
    ['Object, where reading the name throws', throwing('name', 'constructor'), 'Object'],
    ['Object, for a revoked Proxy', revoked({}), 'Object'],
  ])('is that %s', (_, value, name) => {
    expect(describeError(value).name).toBe(name)
  })
})

describe('the message of a value without one', () => {
  class Printed {
    toString(): string {
      return 'printed'
    }
  }
  class Unprintable {
    toString(): string {
      throw new Error('no')
    }
  }

  test.each<[string, unknown, string]>([
    ['a text', 'sold out', 'sold out'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', { code: 7, why: ['a'] }, '{"code":7,"why":["a"]}'],
    ['a list', [1, 'b'], '[1,"b"]'],
    ['a boxed number', Object(7), '7'],
    ['a function', () => {}, '[Function]'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a regular expression', /no/, '/no/'],
    ['a promise', Promise.resolve(), '[Promise]'],
    ['an empty object', {}, '[object Object]'],
    ['an empty Map', new Map(), '[object Map]'],
    ['an object of a class that prints itself', new Printed(), 'printed'],
    ['an object that throws when it is printed', new Unprintable(), '[unreadable value]'],
    ['an empty object without a prototype', Object.create(null), '[unreadable value]'],
  ])('%s', (_, value, message) => {
    expect(describeError(value).message).toBe(message)
  })

  test('is text also for a Proxy that was revoked', () => {
    expect(typeof describeError(revoked({})).message).toBe('string')
  })

  test('names a circle', () => {
    const round: Record<string, unknown> = { a: 1 }
    round['self'] = round
    expect(describeError(round).message).toBe('{"a":1,"self":"[Circular]"}')
  })

  test('is bounded, whatever the size of the value', () => {
    const many = Array.from({ length: 100_000 }, () => 'x'.repeat(1_000))
    expect(describeError(many).message.length).toBeLessThan(13_000)
    expect(describeError({ text: 'x'.repeat(1_000_000) }).message.length).toBeLessThan(13_000)
  })
})

describe('the code', () => {
  test.each<[string, unknown, string | null]>([
    ['a text', { code: 'ENOENT' }, 'ENOENT'],
    ['an empty text', { code: '' }, ''],
    ['a number, as text', { code: 1_062 }, '1062'],
    ['0, as text', { code: 0 }, '0'],
    ['missing', {}, null],
    ['null', { code: null }, null],
    ['an object', { code: { name: 'E' } }, null],
    ['a boolean', { code: true }, null],
    ['unreadable', throwing('code'), null],
    [
      'that of a DOMException, which follows from its name',
      new DOMException('', 'DataError'),
      null,
    ],
    ['a number beside a constant of another value', { code: 5, TIMEOUT_ERR: 5 }, '5'],
    ['a text beside the constants of a DOMException', { code: 'E5', TIMEOUT_ERR: 23 }, 'E5'],
  ])('%s', (_, value, code) => {
    expect(describeError(value).code).toBe(code)
  })

  test('of a DOMException with an old constant is left out', () => {
    const aborted = new DOMException('gone', 'AbortError')
    expect(aborted.code).toBe(20)
    expect(describeError(aborted)).toMatchObject({ name: 'AbortError', code: null })
  })
})

describe('the status', () => {
  test.each<[unknown, number | null]>([
    [{ status: 399 }, null],
    [{ status: 400 }, 400],
    [{ status: 599 }, 599],
    [{ status: 600 }, null],
    [{ status: 404.5 }, null],
    [{ status: '404' }, null],
    [{ status: 404n }, null],
    [{ status: Infinity }, null],
    [{ statusCode: 503 }, 503],
    [{ status: 404, statusCode: 503 }, 404],
    [{ status: 200, statusCode: 503 }, 503],
    [{ status: 'error', statusCode: 503 }, 503],
    [{}, null],
    [null, null],
    ['404', null],
    [throwing('status', 'statusCode'), null],
  ])('of %o is %s', (value, status) => {
    expect(describeError(value).status).toBe(status)
  })
})

test.each<[unknown, boolean | null]>([
  [true, true],
  [false, false],
  ['yes', null],
  [1, null],
  [undefined, null],
])('`expose: %s` is read as %s', (expose, read) => {
  expect(describeError(Object.assign(new Error('x'), { expose })).expose).toBe(read)
})

test('getters that throw are read as missing', () => {
  const keys = ['name', 'message', 'stack', 'code', 'status', 'statusCode', 'expose', 'cause']
  expect(describeError(throwing(...keys, 'errors', 'constructor'))).toStrictEqual({
    name: 'Object',
    message: '[object Object]',
    stack: null,
    code: null,
    status: null,
    expose: null,
    causes: [],
  })
})

describe('the causes', () => {
  test('have name, message and stack, and a code where there is one', () => {
    const plain = withoutStack(new TypeError('plain'))
    const coded = withoutStack(Object.assign(new Error('coded', { cause: plain }), { code: 11 }))
    expect(describeError(new Error('x', { cause: coded })).causes).toStrictEqual([
      { name: 'Error', message: 'coded', stack: null, code: '11' },
      { name: 'TypeError', message: 'plain', stack: null },
    ])
  })

  test('may be values of any kind', () => {
    expect(messagesOf(new Error('x', { cause: 'text' }))).toEqual(['text'])
    expect(messagesOf(new Error('x', { cause: 0 }))).toEqual(['0'])
    expect(messagesOf(new Error('x', { cause: false }))).toEqual(['false'])
    expect(messagesOf(new Error('x', { cause: { a: 1 } }))).toEqual(['{"a":1}'])
  })

  test.each([null, undefined])('%s is no cause', (cause) => {
    expect(messagesOf(new Error('x', { cause }))).toEqual([])
  })

  test('go from the outermost to the innermost, six at most', () => {
    let error = new Error('8')
    for (const message of ['7', '6', '5', '4', '3', '2', '1', 'x'])
      error = new Error(message, { cause: error })
    expect(messagesOf(error)).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  test('in a circle are named once', () => {
    const [a, b, c] = [new Error('a'), new Error('b'), new Error('c')]
    a.cause = b
    b.cause = c
    c.cause = b
    expect(messagesOf(a)).toEqual(['b', 'c'])
    c.cause = a
    expect(messagesOf(a)).toEqual(['b', 'c'])
  })

  test('of an AggregateError come after its own cause, and before theirs', () => {
    const inner = new Error('of the first', { cause: new Error('innermost') })
    const error = new AggregateError([new Error('1', { cause: inner }), new Error('2')], 'many', {
      cause: new Error('own'),
    })
    expect(messagesOf(error)).toEqual(['own', '1', '2', 'of the first', 'innermost'])
  })

  test('are the first six of a very long list of errors', () => {
    const errors = Array.from({ length: 300_000 }, (_, i) => i)
    expect(messagesOf(new AggregateError(errors))).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  test.each<[string, unknown]>([
    ['a text', 'name is required'],
    ['an object', { name: 'is required' }],
    ['a function', () => []],
    ['a revoked Proxy', revoked([])],
  ])('leave out `errors` that is %s', (_, errors) => {
    expect(messagesOf(Object.assign(new Error('x', { cause: 'own' }), { errors }))).toEqual(['own'])
  })

  test('end with the earlier error whose error handler failed', () => {
    const error = new Error('in the handler', { cause: 'own' })
    expect(messagesOf(error, new Error('first'))).toEqual(['own', 'first'])
    expect(messagesOf(error, null)).toEqual(['own', 'null'])
    expect(messagesOf(error, error)).toEqual(['own'])
    expect(messagesOf(error)).toEqual(['own'])
  })
})

describe('the own response of an error', () => {
  const whole = () => ({
    status: 404,
    arrayBuffer: async () => new ArrayBuffer(),
    clone: () => undefined,
    headers: { get: () => null },
  })

  test('is the error itself where it has the shape of a response', () => {
    for (const response of [new Response(), whole()]) {
      expect(isWholeResponse(response)).toBe(true)
      expect(ownResponseOf(response)).toBe(response)
    }
  })

  test.each(['status', 'arrayBuffer', 'clone', 'headers'])(
    'is not an error without `%s`',
    (member) => {
      for (const value of [undefined, null, '404', {}]) {
        const partial = { ...whole(), [member]: value }
        expect(isWholeResponse(partial)).toBe(false)
        expect(ownResponseOf(partial)).toBeNull()
        expect(ownResponseOf({ getResponse: () => partial })).toBeNull()
      }
    },
  )

  test('is not an error with the headers of another HTTP library', () => {
    expect(ownResponseOf({ ...whole(), headers: { get: 'text/plain' } })).toBeNull()
  })

  test('is that of `getResponse()`, called as a method', () => {
    const response = new Response('no', { status: 429 })
    const error = {
      response,
      getResponse() {
        return this.response
      },
    }
    expect(ownResponseOf(error)).toBe(response)
  })

  test('is none where `getResponse` is missing, throws, or answers with something else', () => {
    const failing = (): never => {
      throw new Error('no')
    }
    for (const getResponse of [undefined, 7, failing, () => undefined, () => 'no', async () => {}])
      expect(ownResponseOf({ getResponse })).toBeNull()
    for (const error of [null, undefined, 'no', new Error('no'), throwing('getResponse')]) {
      expect(hasOwnResponse(error)).toBe(false)
      expect(ownResponseOf(error)).toBeNull()
    }
  })
})
