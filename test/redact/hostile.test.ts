import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as formats from '../../src/redact/_formats.ts'
import * as rules from '../../src/redact/_rules.ts'
import { normalisePath } from '../../src/util/normalise-path.ts'
import { createRedactor } from '../../src/redact/redactor.ts'
import { headersOf } from '../support/headers-of.ts'
import { canonicalIp } from '../../src/util/client-ip.ts'
import { wellFormed } from '../../src/util/safe-text.ts'
import { createLogger } from '../../src/config/logger.ts'
import type { Alert, IssueAlert } from '../../src/model/alert.ts'
import { emailContent } from '../../src/notify/email/_message.ts'
import { fcmMessage } from '../../src/notify/fcm/_message.ts'
import {
  slackAttachmentMessage,
  slackBlockMessage,
  slackPlainMessage,
} from '../../src/notify/slack/_payload.ts'
import { webhookBody } from '../../src/notify/webhook/_payload.ts'
import { consoleJson, consolePretty } from '../../src/notify/console.ts'
import { discordMessage } from '../../src/notify/discord.ts'
import { teamsMessage } from '../../src/notify/teams.ts'
import { telegramMessage } from '../../src/notify/telegram.ts'
import { anAlertOf } from '../support/notifier-fixtures.ts'
import { anEntry } from '../support/store-fixtures.ts'
import { countSteps } from './_regex-steps.ts'

/** Repeated beginnings without an end. They make a careless pattern try each position again. */
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
  'a[',
  'a][',
  'a[b]=',
  '<token>',
  'name=token ',
  'name:"',
  'key id: ',
  'id: ',
  "''",
  '&#x4',
  '&amp;',
  '\\u{',
  '\\/',
  '\x1b[',
  '\x1b[1;',
  '\0',
  '{"a":',
  '가',
  '\u200b',
  '\u{1f600}',
  '\ud800',
] as const

function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}

const patterns = Object.entries({ ...rules, ...formats }).flatMap(
  ([name, rule]): [string, RegExp][] => {
    if (rule instanceof RegExp) return [[name, rule]]
    if (name === 'TOKENS' || name === 'WHOLE_WORDS')
      return (rule as readonly string[]).map((source, i) => [`${name}.${i}`, new RegExp(source)])
    if (name === 'PERSONAL')
      return Object.entries(rules.PERSONAL).map(([key, pattern]) => [`PERSONAL.${key}`, pattern])
    return []
  },
)

/**
 * Counts the steps of every pattern that a function runs, in the one method that all patterns call.
 */
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
    // Does not count patterns of the counter and the assertions. Another test below covers patterns
    // for code points.
    if (counting || this.unicode) return result
    counting = true
    const counted = countSteps(this, s, from)
    counting = false
    steps += counted.steps
    // The matcher must agree with the real one, else its steps mean nothing.
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

describe('hostile texts take a bounded number of steps per character', () => {
  const redactor = createRedactor({ email: 'mask', ip: 'mask', phone: 'mask' }, [
    'https://a.test/hooks/0123456789abcdef',
  ])

  // A quadratic pattern takes some thousand steps a character here; the highest of these is 360.
  test.each(UNITS)('16 KB of %j, as a text', (unit) => {
    const text = repeated(unit, 16_384)
    expect(stepsOf(() => redactor.text(text, text.length)) / text.length).toBeLessThan(500)
  })

  test.each(UNITS)('2 KB of %j, everywhere else', (unit) => {
    const text = repeated(unit, 2_048)
    const steps = stepsOf(() => {
      redactor.query(text)
      redactor.path(text)
      headersOf(redactor, new Headers({ referer: encodeURI(wellFormed(text)).slice(0, 2_048) }))
      redactor.value({ [text]: text })
      normalisePath(text)
      canonicalIp(text)
    })
    expect(steps / text.length).toBeLessThan(2_000)
  })
})

describe('hostile texts take a bounded number of steps in alerts and log lines', () => {
  const channels: [string, (alert: Alert) => unknown][] = [
    ['slack', slackAttachmentMessage],
    ['slack in blocks', slackBlockMessage],
    ['slack in plain', slackPlainMessage],
    ['discord', discordMessage],
    ['teams', teamsMessage],
    ['telegram', (alert) => telegramMessage(alert, 1)],
    ['fcm', (alert) => fcmMessage(alert, { topic: 'x' })],
    ['email', (alert) => emailContent(alert, 'a.test')],
    ['webhook', webhookBody],
    ['console', consolePretty],
    ['console in JSON', consoleJson],
    ['log', (alert) => logger.lastResort(anEntry((alert as IssueAlert).occurrence!), 'no')],
  ]
  const logger = createLogger({ error() {}, warn() {} }, Date.now, (text) => text)

  test.each(channels)('%s', (_, encode) => {
    for (const unit of UNITS) {
      const alert = anAlertOf(repeated(unit, 4_096))
      // All texts, in ten members. A pattern that tries each position again takes some thousand
      // steps a character.
      expect(stepsOf(() => encode(alert)) / 40_960).toBeLessThan(100)
    }
  })
})

test('patterns for code points, whose steps are not counted, have no quantifier', () => {
  const folder = new URL('../../src/', import.meta.url)
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const found = sources.flatMap((name) =>
    [
      ...readFileSync(new URL(name, folder), 'utf8').matchAll(
        /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/g?ug?\b/g,
      ),
    ].map(([pattern]) => pattern),
  )
  expect(found.length).toBeGreaterThanOrEqual(3)
  for (const pattern of found) expect(pattern.replace(/\[[^\]]*\]/g, '')).not.toMatch(/[*+]|\{\d/)
})
