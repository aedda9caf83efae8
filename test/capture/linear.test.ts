import { expect, test } from 'vitest'
import { fingerprint, type Grouping } from '../../src/capture/fingerprint.ts'
import { stepsOf } from '../redact/_steps.ts'

const thrown: Grouping = {
  kind: 'thrown',
  service: null,
  environment: null,
  status: 500,
  method: 'GET',
  path: '/',
  route: null,
  errorName: 'SyntaxError',
  errorMessage: null,
  errorStack: null,
  causes: null,
}

function stepsFor(text: string): number {
  const stack = `SyntaxError: x\n${text}`
  const causes = [{ name: 'Error', message: text, stack: null }]
  return stepsOf(() => {
    fingerprint({ ...thrown, errorMessage: text, errorStack: stack, causes }, { message: text })
    fingerprint({ ...thrown, errorMessage: '[', errorStack: stack, causes })
  })
}

test.each(['JSON ', 'in JSON at ', "a'a ", '[email', '[Filtered]', '(', 'ABC_', 'is ', 'f:'])(
  'grouping a text of "%s" over and over takes steps that grow with it',
  (unit) => {
    const [one, two] = [2_000, 4_000].map((n) => stepsFor(unit.repeat(n / unit.length))) as [
      number,
      number,
    ]
    expect({ unit, grows: two <= one * 2.3 + 5_000 ? 'evenly' : `${one} to ${two}` }).toEqual({
      unit,
      grows: 'evenly',
    })
  },
)
