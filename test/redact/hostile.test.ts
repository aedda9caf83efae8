import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as rules from '../../src/core/_rules.ts'
import { fingerprint, normalisePath } from '../../src/core/fingerprint.ts'
import { createRedactor } from '../../src/core/redact.ts'
import { headersOf } from './_headers-of.ts'
import { canonicalIp } from '../../src/core/client-ip.ts'
import { wellFormed } from '../../src/core/safe-text.ts'
import { createLogger } from '../../src/core/log.ts'
import type { Alert, IssueAlert } from '../../src/core/types.ts'
import { emailContent } from '../../src/notify/_email-message.ts'
import { fcmMessage } from '../../src/notify/_fcm-message.ts'
import {
  slackAttachmentMessage,
  slackBlockMessage,
  slackPlainMessage,
} from '../../src/notify/_slack-payload.ts'
import { webhookBody } from '../../src/notify/_webhook-payload.ts'
import { consoleJson, consolePretty } from '../../src/notify/console.ts'
import { discordMessage } from '../../src/notify/discord.ts'
import { teamsMessage } from '../../src/notify/teams.ts'
import { telegramMessage } from '../../src/notify/telegram.ts'
import { anAlertOf } from '../_notifier-fixtures.ts'
import { anEntry } from '../_store-fixtures.ts'
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
    // The counter and the assertions use patterns of their own; those for code points are looked at below.
    if (counting || this.unicode) return result
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

test.each(patterns)('S9: every quantifier of %s is bounded', (_, pattern) => {
  const bare = pattern.source.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '')
  expect(bare).not.toMatch(/[*+]|\{\d+,\}/)
})

describe('S9: hostile texts take a bounded number of steps a character', () => {
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
      headersOf(redactor, new Headers({ referer: encodeURI(wellFormed(text)).slice(0, 4_096) }))
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

describe('S9: nor do hostile texts in what encodes alerts and log lines', () => {
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
      const alert = anAlertOf(repeated(unit, 16_384))
      // All of it, in ten members: a pattern that tries each place again takes a thousand times more.
      expect(stepsOf(() => encode(alert)) / 163_840).toBeLessThan(50)
    }
  })
})

test('S9: patterns for code points, whose steps are not counted, repeat nothing', () => {
  const folder = new URL('../../src/', import.meta.url)
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const found = sources.flatMap((name) =>
    [
      ...readFileSync(new URL(name, folder), 'utf8').matchAll(
        /\/(?:\\.|\[[^\]]*\]|[^/\n])+\/g?ug?\b/g,
      ),
    ].map(([pattern]) => pattern),
  )
  expect(found.length).toBeGreaterThanOrEqual(3)
  for (const pattern of found) expect(pattern.replace(/\[[^\]]*\]/g, '')).not.toMatch(/[*+]|\{\d/)
})
