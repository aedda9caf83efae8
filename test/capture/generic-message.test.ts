import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/capture/fingerprint.ts'

/** The key of a thrown error, with one cause if `cause` is its message. */
function keyOf(errorMessage: string, { stack = '', cause = '', name = 'TypeError' } = {}): string {
  return fingerprint({
    ...{ kind: 'thrown', service: null, environment: null, status: 500 },
    ...{ method: 'GET', path: '/', route: '/r', errorName: name, errorMessage },
    errorStack: `${name}: ${errorMessage}\n${stack}`,
    causes: cause === '' ? null : [{ name: 'Error', message: cause, stack: null }],
  })
}

describe('a generic message is told apart', () => {
  test.each([
    ['by a table without quotes', 'Failed query: select a from users', 'orders', 'users'],
    ['by a table after two spaces', 'Failed query: select a from  users', 'orders', 'users'],
    ['by the kind of the query', 'Failed query:\n  select from t', 'delete', 'select'],
    ['by the path of an issue after a blank line', '\n[{"path": ["email"]}]', 'age', 'email'],
    ['by the long names of other JSON', '{"first":1}', 'other', 'first'],
    ['by a name that ends in a digit', "Cannot read '', 'line1'", 'line2', 'line1'],
    ['by the third name', "Cannot convert 'a' to 'b' of 'c'", "'d'", "'c'"],
    ['by a name after an apostrophe', `can't access property "id", x is undefined`, 'no', 'id'],
  ])('%s', (_, message, other, part) => {
    expect(keyOf(message)).not.toBe(keyOf(message.replace(part, other)))
  })

  test.each([
    ['by a fifth name', "Cannot mix 'a' 'b' 'c' 'd' 'e'", "'f'", "'e'"],
    ['by a name of two digits', "Cannot read 'line10'", 'line11', 'line10'],
    ['by a fifth table', 'Failed query: select from a join b join c join d join e', 'f', 'e'],
    ['by a fifth member of JSON', '{"a":1,"b":1,"c":1,"d":1,"e":1}', '"f"', '"e"'],
    ['by the index of an issue in a list', '[{"path": ["a", 1, 12]}]', '20', '12'],
  ])('not %s', (_, message, other, part) => {
    const at = message.lastIndexOf(part)
    const changed = message.slice(0, at) + other + message.slice(at + part.length)
    expect(keyOf(message)).toBe(keyOf(changed))
  })

  test('as a failed query without its text', () => {
    expect(keyOf('Failed query')).not.toBe(keyOf('Failed query: select from t'))
  })

  test.each(['SQLITE_BUSY', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'P2_LOCKED', 'ECONNRESET'])(
    'by the code %s in its cause, and not by the words around that',
    (code) => {
      const of = (cause: string): string => keyOf('fetch failed', { cause })
      expect(of(`${code}: it is locked`)).toBe(of(`closed by the other side (${code})`))
      expect(of(`${code}: it is locked`)).not.toBe(of('it is locked'))
    },
  )
})

describe('the place of a generic message', () => {
  const at = (stack: string): string => keyOf('fetch failed', { stack })
  const total = '    at total (a.js:1:2)'

  test.each([
    '_parse',
    'parse',
    'parseAsync',
    'parseInner',
    'processTicksAndRejections',
    'process',
    'runMicrotasks',
    'runNextTicks',
  ])('is below the common function %s', (name) => {
    expect(at(`    at ${name} (a.js:1:2)\n${total}`)).toBe(at(total))
  })

  test.each([
    ['native code', 'at forEachOf (native)'],
    ['an anonymous file', 'at forEachOf (<anonymous>)'],
    ['a file of the runtime', 'at forEachOf (internal/modules/cjs:1:2)'],
  ])('is below %s', (_, frame) => {
    expect(at(`    ${frame}\n${total}`)).toBe(at(total))
  })

  test.each([
    ['whose name ends like a common one', 'reparse (a.js:1:2)', 'reparse'],
    ['in a folder named native', 'reload (/app/native/a.js:1:2)', 'reload'],
  ])('is a function %s', (_, frame, name) => {
    expect(at(`    at ${frame}\n${total}`)).toBe(at(`    at ${name} (b.js:1:2)`))
  })

  test('is the function above a line that is no frame', () => {
    expect(at(`${total}\nand more`)).toBe(at(total))
  })

  test.each([
    ['after twelve frames without a name', `${'    at a.js:1:2\n'.repeat(12)}${total}`],
    ['in a line of words', 'see total@app.js:12:345'],
  ])('is no function %s', (_, stack) => {
    expect(at(stack)).toBe(at(''))
  })
})
