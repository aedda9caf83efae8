import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { stepsOf } from './_steps.ts'

const redactor = createRedactor({ email: 'mask', ip: 'mask', phone: 'mask' }, [
  'https://a.test/hooks/0123456789abcdef',
])

/** Parts of random texts: they open, close, separate, escape, or announce a secret. */
const PIECES = [
  ...['\\', '\\\\', '\\"', '"', "'", '`', '""', "''", '%22', '%27', '%', '%25', '%5C', '&#92;'],
  ...['[', ']', '{', '}', '(', ')', '<', '>', '</', '/>', ',', ';', '&', '|', '\n', ' ', '\t'],
  ...['password', 'token', 'key', 'name', 'value', 'id', 'a', 'x1', '가', '\u200b', '\0'],
  ...['=', ':', ': ', '=>', '==', '://', '//', '@', '.', '-', '_', '/', '+', '!', '?', '*', '~'],
  ...[
    'password=[',
    'x code: ',
    'x pin: [',
    'password="',
    'token=\\"',
    'key: {"',
    'name=',
    'name="token" ',
    'user[',
  ],
  ...['<token>', '<password a="', 'Bearer ', 'Basic ', '-----BEGIN ', 'KEY-----', '-----END'],
  ...['eyJ', 'eyJaaaaaaaaaa.', 'ghp_', 'sk-', 'AKIA', 'hooks.slack.com/', 'https://u:p'],
  ...['4111', '4111 ', '11111111', '1-', '1.1.1.', '::', 'a@a.', '+1 ', '\n    at ', ':1:1'],
  ...['params: ', '\nparams: ', '\x1b[1m', '\\u0041', '%41', 'code: ', 'null', 'true'],
]

const LOOKS: Record<string, (text: string) => unknown> = {
  text: (text) => redactor.text(text, text.length),
  stack: (text) => redactor.stack(`Error${text}`, text.length),
  query: (text) => redactor.query(text),
  path: (text) => redactor.path(text),
  value: (text) => redactor.value({ [text]: text, list: [text] }),
}

/**
 * Whether twice as many repeats take at most twice the steps. The number is even, because quotes
 * come in pairs.
 */
function expectLinear(look: string, text: (times: number) => string, length: number): void {
  const unit = text(2).length - text(1).length
  const times = Math.ceil(length / unit / 12) * 12
  const [one, two] = [times, times * 2].map((n) => {
    const whole = text(n)
    return stepsOf(() => LOOKS[look]!(whole))
  }) as [number, number]
  const grows = two <= one * 2.3 + 5_000 ? 'evenly' : `from ${one} to ${two} steps`
  expect({ look, text: text(2), grows }).toEqual({ look, text: text(2), grows: 'evenly' })
}

test('a text of twice the length takes twice the steps and a bit', { timeout: 120_000 }, () => {
  const some = (min: number, max: number) =>
    fc.array(fc.constantFrom(...PIECES), { minLength: min, maxLength: max }).map((p) => p.join(''))
  const looks = fc.constantFrom(...Object.keys(LOOKS))
  fc.assert(
    fc.property(looks, some(0, 3), some(1, 3), some(0, 2), (look, before, unit, after) => {
      expectLinear(look, (times) => before + unit.repeat(times) + after, 600)
    }),
    { numRuns: 60, seed: 3 },
  )
})

test.each([
  ['backslashes in a list', 'password=[', '\\', ' '],
  ['backslashes before a quote', 'password=', '\\', `"${'\\'.repeat(700)}`],
  ['backslashes in quotes that are escaped', `password=${'\\'.repeat(700)}"`, '\\', ''],
  ['escaped quotes in a list', 'password=["', '\\"', ''],
  ['doubled quotes', "password='", "''", ''],
  ['spaces after a name', 'name=', ' ', 'x'],
  ['brackets', 'password=', '[', ']'],
  ['groups after a key', 'iban=', 'ab12 ', ''],
  ['keys and groups', '', 'x pin: 1 2 ', ''],
  ['groups without a space', 'iban=', 'ab12-', '!'],
  ['lists in a sentence that are not closed', '', 'x pin: [', ''],
  ['objects in a sentence that are not closed', '', 'x code: {"', ''],
  ['keys that begin', '', '-----BEGIN PRIVATE KEY', ''],
])('a run of %s takes steps that grow with it', (_, before, unit, after) => {
  for (const look of ['text', 'query'])
    expectLinear(look, (times) => before + unit.repeat(times) + after, 1_900)
})
