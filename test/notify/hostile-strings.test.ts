import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/core/redact.ts'
import { aBatch, anEntry, anOccurrence, NOON } from '../_store-fixtures.ts'
import { libsql } from '../../src/store/libsql.ts'
import { NAUGHTY, SQL } from '../fixtures/naughty.ts'
import { openHouse, type House } from '../rig/hostile.ts'

const LONG = 120_000
const BLAND = '{"success":false,"result":null,"message":"Internal Server Error"}'
/** What a terminal or a log viewer acts on or hides. */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const redactor = createRedactor(undefined, [])
const cut = (text: string, max: number): string => redactor.text(text, max)

interface Sent {
  id: string
  text: string
}

describe('hostile strings in every field of real requests', () => {
  let house: House
  let schema: unknown
  const lines: string[] = []
  const answers: { body: string; id: string }[] = []
  const sent: Sent[] = []

  beforeAll(async () => {
    const keep = (line: string) => void lines.push(line)
    house = await openHouse({
      log: { error: keep, warn: keep },
      user: (request) => ({
        id: decodeURIComponent(request.headers.get('x-user') ?? ''),
        name: decodeURIComponent(request.headers.get('x-user') ?? ''),
      }),
    })
    schema = await house.database.sql('select * from sqlite_master order by name')
    for (const text of NAUGHTY) {
      const path = `/api/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}`
      const headers = {
        'user-agent': encodeURI(text).slice(0, 400),
        'x-user': encodeURIComponent(text),
        'x-request-id': encodeURI(text).slice(0, 400),
      }
      const error = Object.assign(new Error(text), { name: text, code: text })
      const throwing = (): Response => {
        throw error
      }
      const { id, body } = await house.ask(throwing, path, headers)
      answers.push({ id, body })
      sent.push({ id, text })
      const report = await house.ask(
        (request, klaxon) => {
          klaxon.report(new Error('told'), { request, extra: { [`k${text}`]: [text] } })
          return Response.json({ message: 'no' }, { status: 500 })
        },
        '/api/told',
        {},
      )
      expect(report.body).toBe('{"success":false,"result":{},"message":"no"}')
    }
    await house.klaxon.flush()
  }, LONG)
  afterAll(() => house.stop())

  test('S1: the answer is bland, whatever is thrown', () => {
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([BLAND]))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(NAUGHTY.length)
  })

  test('S1: what Slack gets is inert', () => {
    expect(house.slack.taken.length).toBeGreaterThan(100)
    for (const { text, attachments } of house.slack.taken) {
      for (const value of [text, ...attachments[0]!.fields.map((field) => field.value)]) {
        expect(value).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|@(?:everyone|channel|here|all)\b|\]\(/)
        expect(value.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u)
      }
    }
  })

  test('S3: the log has one line a record, with everything escaped, and gives the texts back', () => {
    const records = lines.map((line) => {
      expect(line).not.toMatch(ACTING)
      return JSON.parse(line) as { klaxon: string; id: string; error?: string }
    })
    const known = new Map(records.map((record) => [record.id, record]))
    for (const { id, text } of sent)
      expect(known.get(id)!.error).toBe(`${cut(text, 512)}: ${cut(text, 2_048)}`)
    expect(records.filter(({ klaxon }) => klaxon !== 'occurrence')).toEqual([])
    expect(lines).toHaveLength(NAUGHTY.length * 2)
  })

  test('S12: the rows read as the texts were, parameters and never statements', async () => {
    for (const { id, text } of sent) {
      const row = await house.row(id)
      expect(row).toMatchObject({
        errorName: cut(text, 512),
        errorMessage: cut(text, 2_048),
        userId: cut(text, 512),
        username: cut(text, 512),
        userAgent: cut(encodeURI(text).slice(0, 400).trim(), 512),
        method: 'GET',
        status: 500,
      })
      expect(row.path.startsWith('/api/')).toBe(true)
    }
    const extras = await house.database.sql(
      "select extra from klaxon_occurrences where error_message = 'told'",
    )
    expect(extras.map(({ extra }) => String(extra)).toSorted()).toEqual(
      NAUGHTY.map((text) => JSON.stringify(redactor.value({ [`k${text}`]: [text] }))).toSorted(),
    )
  })

  test('S12: schema, rows and counts are what they would be for harmless texts', async () => {
    expect(await house.database.sql('select * from sqlite_master order by name')).toEqual(schema)
    expect(await house.database.sql('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    // Each request is a throw, or a report and the 500 that follows it.
    expect(await house.database.ids()).toHaveLength(NAUGHTY.length * 3)
    expect(await house.database.counted()).toBe(NAUGHTY.length * 3)
    expect(await house.database.sql("select * from klaxon_issues where state <> 'open'")).toEqual(
      [],
    )
  })

  test('S12: SQL in every text of a record reads back as it is', async () => {
    const store = libsql({ url: house.database.url })
    for (const text of SQL) {
      const texts = Object.entries(anOccurrence()).flatMap(([key, value]) =>
        value === null || typeof value === 'string' ? [[key, text]] : [],
      )
      const { id } = anOccurrence()
      const all = {
        ...(Object.fromEntries(texts) as object),
        id: `${id}${text}`,
        causes: [{ name: text, message: text, stack: text }],
        headers: { [text]: text },
        extra: { [text]: text },
        durationMs: 1,
        kind: 'thrown' as const,
      }
      const entry = anEntry(all)
      const { claims } = await store.write(
        aBatch({ attempt: `${id}${text}`, entries: [entry], channels: [text] }),
      )
      await store.settle(
        claims.map((claim) => ({ id: claim.id, channel: text, outcome: 'sent' })),
        NOON,
      )
      const [row] = await store.occurrences({ id: all.id })
      expect(row).toEqual(entry.occurrence)
    }
    const issues = await store.issues({ limit: 10_000 })
    for (const text of SQL)
      expect(issues.find((issue) => issue.fingerprint === text)).toMatchObject({ title: text })
    expect(await house.database.sql('select * from sqlite_master order by name')).toEqual(schema)
    expect(await house.database.ids()).toHaveLength(NAUGHTY.length * 3 + SQL.length)
  })
})
