import { afterEach, describe, expect, test, vi } from 'vitest'
import * as rules from '../../src/core/_rules.ts'
import { fingerprint, normalisePath } from '../../src/core/fingerprint.ts'
import { createRedactor } from '../../src/core/redact.ts'
import { canonicalIp } from '../../src/core/client-ip.ts'
import { wellFormed } from '../../src/core/safe-text.ts'
import { countSteps } from './_regex-steps.ts'

/** Beginnings that never end, repeated; what makes a careless pattern try each place again. */
const UNITS = [
  'a',
  ' ',
  '\n',
  '"',
  "'",
  '\\',
  '\\"',
  '=',
  ':',
  '://',
  '//',
  '@',
  '-',
  '.',
  '%',
  '%25',
  '1',
  '1 ',
  '1-',
  '4111 ',
  '41111-',
  'a:',
  'a=',
  'a ',
  'key',
  'key=',
  'key:',
  'key: ',
  'key = ',
  'key="',
  'key:\\"',
  'key=[',
  'key={',
  'key=[{',
  'key=)',
  'token=)))))',
  'token="a\\',
  'token: \\\\\\\\',
  'tokentoken',
  'token ',
  'auth::',
  'https://',
  'a://b:c/',
  'a://b:c',
  'x://@',
  'x://a@',
  '://a:b',
  'eyJ',
  'eyJa',
  'eyJaaaaaaaaaa.',
  'eyJaaaaaaaaaa_',
  'Bearer ',
  'Bearer  ',
  'bearerbearer',
  'Basic ',
  'Basic a',
  'basic"',
  '-----BEGIN ',
  '-----BEGIN A',
  '-----BEGIN KEY',
  '-----END ',
  'AKIA',
  'AKIAAAAAAAAAAAAAAAAA',
  'ghp_',
  'ghp_aaaaaaaaaaaaaaaaaaa ',
  'gh',
  'glpat-',
  'npm_',
  'xoxb-',
  'xapp-1-',
  'sk_live_',
  'whsec_',
  'sk-',
  'sk-proj-',
  'AIza',
  'ya29.',
  'GOCSPX-',
  'SG.',
  'SG.aaaaaaaaaaaaaaaa',
  'SG.aaaaaaaaaaaaaaaa.',
  'hooks.slack.com/',
  'https://hooks.slack.com',
  '\\u0041',
  '%41',
  '%2541',
  '%u0041',
  '\nparams: ',
  '\n    at ',
  'a@',
  'a@a',
  'a@a.',
  'a.a',
  '1.1.1.',
  '::',
  'a:a:',
  '+1 ',
  '(1',
  '0-',
  '[',
  ']',
  '{',
  '}',
  '[{"',
  '{"a":',
  '가',
  '\u200b',
  '\u{1f600}',
  '\ud800',
] as const

function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

const patterns = Object.entries(rules).flatMap(([name, rule]): [string, RegExp][] => {
  if (rule instanceof RegExp) return [[name, rule]]
  if (name === 'TOKENS')
    return Object.entries(rules.TOKENS).map(([key, source]) => [
      `TOKENS.${key}`,
      new RegExp(source),
    ])
  if (name === 'PERSONAL')
    return Object.entries(rules.PERSONAL).map(([key, pattern]) => [`PERSONAL.${key}`, pattern])
  return []
})

/** Counts the steps of every pattern that a function runs, by way of the one method that all of them go through. */
function stepsOf(run: () => void): number {
  let steps = 0
  let counting = false
  const exec = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec')!.value as (
    this: RegExp,
    s: string,
  ) => RegExpExecArray | null
  vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, s: string) {
    const from = this.global || this.sticky ? this.lastIndex : 0
    const result = exec.call(this, s)
    // The counter and the assertions use patterns of their own.
    if (counting) return result
    counting = true
    const counted = countSteps(this, s, from)
    counting = false
    steps += counted.steps
    // The matcher must agree with the real one, or its steps say nothing.
    const end = result === null ? -1 : result.index + result[0].length
    if (end !== counted.end)
      throw new Error(`${String(this)} at ${from}: ${end}, counted ${counted.end}`)
    return result
  })
  run()
  vi.restoreAllMocks()
  return steps
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('the table has patterns', () => {
  expect(patterns.length).toBeGreaterThan(20)
})

test.each(patterns)('every quantifier of %s is bounded', (_, pattern) => {
  const bare = pattern.source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '')
  expect(bare).not.toMatch(/[*+]|\{\d+,\}/)
})

describe('hostile texts take a bounded number of steps a character', () => {
  const redactor = createRedactor({ email: 'mask', ip: 'mask', phone: 'mask' }, [
    'https://a.test/hooks/0123456789abcdef',
  ])

  // A quadratic pattern takes some thousand steps a character here; the highest of these is 360.
  test.each(UNITS)('16 KB of %j, as a text', (unit) => {
    const text = repeated(unit, 16_384)
    expect(stepsOf(() => redactor.text(text, text.length)) / text.length).toBeLessThan(500)
  })

  test.each(UNITS)('4 KB of %j, everywhere else', (unit) => {
    const text = repeated(unit, 4_096)
    const steps = stepsOf(() => {
      redactor.query(text)
      redactor.path(text)
      redactor.headers(new Headers({ referer: encodeURI(wellFormed(text)).slice(0, 4_096) }))
      redactor.value({ [text]: text })
      normalisePath(text)
      canonicalIp(text)
      fingerprint({
        kind: 'thrown',
        status: 500,
        method: 'GET',
        path: text,
        route: null,
        errorName: text,
        errorMessage: text,
        environment: null,
      })
    })
    expect(steps / text.length).toBeLessThan(2_000)
  })
})
