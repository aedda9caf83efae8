import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { toCurl } from '../../src/report/curl.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { createReader } from '../../src/read/reader.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { seeded } from '../read/_seed.ts'
import { runCli } from '../support/cli.ts'
import { inEveryColumn, NAUGHTY } from '../support/fixtures/naughty.ts'
import { anOccurrence, NOON } from '../support/store-fixtures.ts'

/** Characters that have an effect in a terminal, except line breaks and the tabs of a pipe. */
const ACTING =
  /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029\ufeff]|[\u{e0000}-\u{e007f}]/u

const occurrences = NAUGHTY.map((text, nth) =>
  anOccurrence({ ...inEveryColumn(text, nth), occurredAt: NOON + nth }),
)

describe('hostile texts in every column', () => {
  let store: Store
  beforeAll(async () => {
    store = libsql({ url: ':memory:' })
    await migrate(store)
    await seeded(store, occurrences)
  })

  async function outputs(): Promise<string[]> {
    const reader = createReader(store)
    const texts: string[] = []
    const run = async (args: string[], answer?: boolean) => {
      const { code, stdout, stderr } = await runCli(
        args,
        answer === undefined ? { store } : { store, answer },
      )
      expect(code, `${args.join(' ')}: ${stderr}`).toBe(0)
      texts.push(stdout, stderr)
    }
    for (const answer of [undefined, true]) {
      let after: string | undefined
      do {
        const page = await reader.list('', {
          limit: 100,
          ...(after === undefined ? {} : { after }),
        })
        await run(
          ['issues', '', '--limit', '100', ...(after === undefined ? [] : ['--after', after])],
          answer,
        )
        after = page.next ?? undefined
      } while (after !== undefined)
      for (const { id, fingerprint } of occurrences.filter((_, nth) => nth % 20 === 0)) {
        await run(['show', id], answer)
        await run(['issue', fingerprint], answer)
      }
      await run(['releases'], answer)
    }
    return texts
  }

  it('reach a terminal and a pipe as visible characters alone', async () => {
    for (const text of await outputs()) expect(text).not.toMatch(ACTING)
  }, 60_000)

  it('are whole in JSON, which has no character that a terminal acts on', async () => {
    const { stdout } = await runCli(['export'], { store })
    expect(stdout).not.toMatch(ACTING)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Occurrence)
    expect(lines.length).toBe(NAUGHTY.length)
    const titles = new Set(lines.map(({ title }) => title))
    for (const text of NAUGHTY) expect(titles).toContain(text)
  })

  it('can be asked for, each by itself', async () => {
    const reader = createReader(store)
    for (const [nth, text] of NAUGHTY.entries()) {
      const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`
      if (text.trim() === '' || text.includes('*')) continue
      const { rows } = await reader.feed(`user:${quoted}`)
      expect(
        rows.map(({ id }) => id),
        text,
      ).toContain(occurrences[nth]!.id)
      const { issues } = await reader.list(`env:${quoted} ${quoted}`)
      expect(
        issues.map(({ title }) => title),
        text,
      ).toContain(text)
    }
  }, 60_000)
})

describe('hostile texts in a report', () => {
  const detail = (occurrence: Occurrence) => ({
    occurrence,
    issue: null,
    older: null,
    newer: null,
    trace: [],
    user: [],
    resends: [],
    history: [
      {
        id: '1',
        fingerprint: 'v1:a',
        at: NOON,
        what: 'comment',
        channel: null,
        who: occurrence.title,
        data: { comment: occurrence.title },
      },
    ],
  })

  it('stay within their code, whatever markup they hold', () => {
    for (const occurrence of occurrences) {
      const text = toMarkdown(detail(occurrence))
      expect(text).not.toMatch(ACTING)
      // Outside code, no character of the text can be markup.
      const outside = withoutCode(text)
      expect(outside).not.toMatch(/(?<!\\)[<`]|^\s*\[.*\]:/m)
      expect(outside).not.toContain('](http')
    }
  })
})

/** A Markdown text without fenced code and code spans. */
function withoutCode(text: string): string {
  const lines: string[] = []
  let fence: string | null = null
  for (const line of text.split('\n')) {
    const ticks = /^(`{3,})\w*$/.exec(line)?.[1]
    if (fence === null && ticks !== undefined) fence = ticks
    else if (fence !== null) {
      if (line === fence) fence = null
    } else lines.push(line)
  }
  expect(fence).toBeNull()
  return lines.join('\n').replace(/(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)/g, '')
}

describe('hostile texts in a curl command', () => {
  /**
   * Runs commands in a shell. Returns the arguments of each call of curl, and everything else that
   * ran.
   */
  function shell(script: string): string[][] {
    const curl = `curl() { printf '%s\\0' "$@"; printf '\\1'; }\n`
    const input = `${curl}${script}`
    const output = execFileSync('sh', { input, encoding: 'utf8', env: {} })
    const calls = output.split('\x01')
    expect(calls.pop()).toBe('')
    return calls.map((call) => call.split('\0').slice(0, -1))
  }

  it('are arguments of one call, and nothing else runs', () => {
    const scripts = occurrences.map((each) =>
      toCurl({ ...each, method: 'GET', host: 'shop.example' }),
    )
    const calls = shell(scripts.join('\n'))
    expect(calls.length).toBe(occurrences.length)
    for (const [nth, args] of calls.entries()) {
      expect(args[0]).toBe('-g')
      expect(args[1]).toMatch(/^https:\/\/shop\.example\/[!-~]*$/)
      expect(args).toContain(`x-klaxon-resend: ${occurrences[nth]!.id}`)
      expect(
        args.filter((arg) => arg.startsWith('-')).every((arg) => arg === '-g' || arg === '-H'),
      ).toBe(true)
    }
  })

  it('are comments unless the method is GET or HEAD', () => {
    expect(shell(occurrences.map((each) => toCurl(each)).join('\n'))).toEqual([])
    for (const method of ['POST', 'get', 'GET\nPOST', 'DELETE'])
      expect(shell(toCurl(anOccurrence({ method, host: 'shop.example' })))).toEqual([])
    const [head] = shell(toCurl(anOccurrence({ method: 'HEAD', host: 'shop.example' })))
    expect(head).toContain('-I')
  })

  it('never have credentials', () => {
    const headers = {
      accept: '*/*',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'x-key': '[Filtered]',
    }
    const text = toCurl(anOccurrence({ host: 'shop.example', headers }))
    expect(text).not.toMatch(/Bearer|cookie|Filtered/)
    expect(text).toContain("-H 'accept: */*'")
  })
})
