import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { aBatch, anEntry, anOccurrence, NOON } from '../support/store-fixtures.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { NAUGHTY, SQL } from '../support/fixtures/naughty.ts'
import { startDeployment, type Deployment } from '../support/rig/deployment.ts'

const LONG = 120_000
const BLAND = '{"success":false,"result":null,"message":"Internal Server Error"}'
/** Characters that have an effect in a terminal or log viewer, or are hidden there. */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const redactor = createRedactor(undefined, [])
const cut = (text: string, max: number): string => redactor.text(text, max)

interface Sent {
  id: string
  text: string
}

describe('hostile strings in every field of real requests', () => {
  let deployment: Deployment
  let schema: unknown
  const lines: string[] = []
  const answers: { body: string; id: string }[] = []
  const sent: Sent[] = []

  beforeAll(async () => {
    const keep = (line: string) => void lines.push(line)
    deployment = await startDeployment({
      log: { error: keep, warn: keep },
      user: (request) => ({
        id: decodeURIComponent(request.headers.get('x-user') ?? ''),
        name: decodeURIComponent(request.headers.get('x-user') ?? ''),
      }),
    })
    schema = await deployment.database.sql('select * from sqlite_master order by name')
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
      const { id, body } = await deployment.ask(throwing, path, headers)
      answers.push({ id, body })
      sent.push({ id, text })
      const report = await deployment.ask(
        (request, klaxon) => {
          klaxon.report(new Error('told'), { request, extra: { [`k${text}`]: [text] } })
          return Response.json({ message: 'no' }, { status: 500 })
        },
        '/api/told',
        {},
      )
      expect(report.body).toBe('{"success":false,"result":{},"message":"no"}')
    }
    await deployment.klaxon.flush()
  }, LONG)
  afterAll(() => deployment.stop())

  test('the answer is bland, whatever is thrown', () => {
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([BLAND]))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(NAUGHTY.length)
  })

  test('what Slack gets is inert', () => {
    expect(deployment.slack.taken.length).toBeGreaterThan(100)
    for (const { text, attachments } of deployment.slack.taken) {
      for (const value of [text, ...attachments[0]!.fields.map((field) => field.value)]) {
        expect(value).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|@(?:everyone|channel|here|all)\b|\]\(/)
        expect(value.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u)
      }
    }
  })

  test('the log has one line a record, with everything escaped, and gives the texts back', () => {
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

  test('the rows read as the texts were, parameters and never statements', async () => {
    for (const { id, text } of sent) {
      const row = await deployment.row(id)
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
    const extras = await deployment.database.sql(
      "select extra from klaxon_occurrences where error_message = 'told'",
    )
    expect(extras.map(({ extra }) => String(extra)).toSorted()).toEqual(
      NAUGHTY.map((text) => JSON.stringify(redactor.value({ [`k${text}`]: [text] }))).toSorted(),
    )
  })

  test('schema, rows and counts are what they would be for harmless texts', async () => {
    expect(await deployment.database.sql('select * from sqlite_master order by name')).toEqual(
      schema,
    )
    expect(await deployment.database.sql('pragma integrity_check')).toEqual([
      { integrity_check: 'ok' },
    ])
    // Each request throws, or makes a report and then a 500.
    expect(await deployment.database.ids()).toHaveLength(NAUGHTY.length * 3)
    expect(await deployment.database.counted()).toBe(NAUGHTY.length * 3)
    expect(
      await deployment.database.sql("select * from klaxon_issues where state <> 'open'"),
    ).toEqual([])
  })

  test('SQL in every text of a record reads back as it is', async () => {
    const store = libsql({ url: deployment.database.url })
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
        context: { [text]: text },
        breadcrumbs: [{ at: 1, kind: 'note' as const, message: text, data: { [text]: text } }],
        debugIds: { [text]: text },
        durationMs: 1,
        kind: 'thrown' as const,
      }
      const entry = anEntry(all)
      const { claims } = await store.write(
        aBatch({ attempt: `${id}${text}`, occurrences: [entry], channels: [text] }),
      )
      await store.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
        NOON,
      )
      const [row] = await store.occurrences({ id: all.id })
      expect(row).toEqual(entry.occurrence)
    }
    const issues = await store.issues({ limit: 10_000 })
    for (const text of SQL)
      expect(issues.find((issue) => issue.fingerprint === text)).toMatchObject({ title: text })
    expect(await deployment.database.sql('select * from sqlite_master order by name')).toEqual(
      schema,
    )
    expect(await deployment.database.ids()).toHaveLength(NAUGHTY.length * 3 + SQL.length)
  })
})
