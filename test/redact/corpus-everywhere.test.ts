import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { HARMLESS } from '../support/fixtures/harmless.ts'
import { CANARIES, type Canary, leaks } from '../support/fixtures/secrets.ts'
import { startDeployment, type Handler, type Deployment } from '../support/rig/deployment.ts'

const LONG = 300_000
const FRAMES = '\n    at handler (file:///app/src/index.ts:10:5)'

interface Place {
  handler?: (canary: Canary) => Handler
  path?: (canary: Canary) => string
  headers?: (canary: Canary) => Record<string, string>
  /** The harmless text around a secret, which must remain. */
  around: (row: Occurrence) => unknown
}

const throwing = (error: unknown) => (): Response => {
  throw error
}

const PLACES: Record<string, Place> = {
  message: {
    handler: ({ text }) => throwing(new Error(`Could not sign in: ${text}\nThe end of it`)),
    around: ({ errorMessage }) =>
      expect(errorMessage).toMatch(/^Could not sign in:.*\nThe end of it$/s),
  },
  stack: {
    handler: ({ text }) =>
      throwing(Object.assign(new Error('x'), { stack: `Error: refused ${text}${FRAMES}` })),
    around: ({ errorStack }) => {
      expect(errorStack).toMatch(/^Error: refused /)
      expect(errorStack).toContain(FRAMES)
    },
  },
  cause: {
    handler: ({ text }) =>
      throwing(new Error('outer', { cause: new Error(`inner: ${text}\nend`) })),
    around: ({ causes }) => expect(causes?.[0]?.message).toMatch(/^inner:.*\nend$/s),
  },
  query: {
    path: ({ text, member: [key, value] }) =>
      `/x?a=1&b=${encodeURIComponent(text)}&${encodeURIComponent(key)}=${encodeURIComponent(String(value))}&c=2`,
    around: ({ query }) => expect(query).toMatch(/^a=1&b=.*&c=2$/),
  },
  path: {
    path: ({ text }) => `/reset/${encodeURIComponent(text)}/done`,
    around: ({ path }) => expect(path).toMatch(/^\/reset\//),
  },
  headers: {
    headers: ({ text }) => {
      const value = encodeURI(text)
      return {
        authorization: value,
        cookie: value,
        'x-api-key': value,
        'user-agent': `agent (${value}`,
        'x-request-id': value,
        referer: `https://example.test/from?${value}`,
        accept: 'text/x-harmless',
      }
    },
    around: ({ headers, userAgent }) => {
      expect(headers).toMatchObject({
        accept: 'text/x-harmless',
        referer: 'https://example.test/from',
      })
      expect(userAgent).toMatch(/^agent \(/)
    },
  },
  'report with extra': {
    handler:
      ({ member: [key, value] }) =>
      (request, klaxon) => {
        klaxon.report(new Error('told'), { request, extra: { [key]: value, note: 'beside it' } })
        return new Response('no', { status: 500 })
      },
    around: () => {},
  },
  'thrown object': {
    handler: ({ member: [key, value] }) => throwing({ before: 'it', [key]: value }),
    around: ({ errorMessage }) => expect(errorMessage).toMatch(/^\{"before":"it","/),
  },
  'name and user': {
    handler: ({ text }) =>
      throwing(Object.assign(new Error('plain'), { name: `Failure of ${text}` })),
    headers: ({ text }) => ({ 'x-user': encodeURIComponent(`user ${text}`) }),
    around: ({ errorName, errorMessage, username }) => {
      expect(errorName).toMatch(/^Failure of /)
      expect(errorMessage).toBe('plain')
      expect(username).toMatch(/^user /)
    },
  },
}

/** Pieces of a secret. A piece of digits is longer, because times and ids have digits too. */
function pieces(core: string): string[] {
  const all: string[] = []
  for (const form of new Set([core, encodeURIComponent(core), JSON.stringify(core).slice(1, -1)]))
    for (let at = 0; at + 8 <= form.length; at++) {
      const piece = form.slice(at, at + 8)
      all.push(/^[\d ]+$/.test(piece) ? form.slice(at, at + 14) : piece)
    }
  return all.filter((piece) => !/^[\d ]+$/.test(piece) || piece.length >= 12)
}

const secret = new Set(CANARIES.flatMap(({ core }) => pieces(core)))
const lengths = [...new Set([...secret].map((piece) => piece.length))]

/** Finds every piece of every secret in a text. */
function found(text: string): string[] {
  const seen: string[] = []
  for (const length of lengths)
    for (let at = 0; at + length <= text.length; at++) {
      const piece = text.slice(at, at + length)
      if (secret.has(piece)) seen.push(text.slice(Math.max(0, at - 60), at + length + 20))
    }
  return seen.slice(0, 5)
}

test('the search for leaks finds a planted secret', () => {
  for (const { core } of CANARIES) {
    expect(found(`{"x":"${core}"}`)).not.toEqual([])
    expect(leaks(`x${core.slice(2, 12)}`, core)).toBe(true)
  }
  expect(found('01a1fdad-ac2a-7661-a157-a9ec05c9ae38 1732179933123')).toEqual([])
})

describe('secrets of real requests', () => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await startDeployment({
      user: (request) => ({ name: decodeURIComponent(request.headers.get('x-user') ?? '') }),
    })
  })
  afterAll(() => deployment.stop())

  const send = (place: Place, canary: Canary): Promise<string> =>
    deployment.send(
      place.handler?.(canary) ?? (() => new Response('no', { status: 418 })),
      place.path?.(canary) ?? '/plain',
      place.headers?.(canary),
    )

  test(
    `0 of ${CANARIES.length} are found in the database, its files and Slack, from ${Object.keys(PLACES).length} places each`,
    async () => {
      const sent: { id: string; place: string }[] = []
      for (const [place, how] of Object.entries(PLACES))
        for (const canary of CANARIES) sent.push({ id: await send(how, canary), place })
      await deployment.klaxon.flush()
      expect(sent.length).toBeGreaterThanOrEqual(200 * 8)
      const all = await deployment.everything()
      expect(Object.entries(all).map(([where, text]) => [where, found(text)])).toEqual(
        Object.keys(all).map((where) => [where, []]),
      )
      for (const { id, place } of sent) PLACES[place]!.around(await deployment.row(id))
      expect(all.rows).toContain('[Filtered]')
      expect(all.files).toContain('[Filtered]')
      expect(all.rows).toContain('beside it')
      // An alert that is late goes out with the next alert of its issue.
      expect(deployment.slack.taken.length).toBeGreaterThan(300)
    },
    LONG,
  )

  test('nor is anything kept of a header outside of the allow-list, whatever is in it', async () => {
    const plain = 'plain-words-of-no-telling-shape'
    const names = ['authorization', 'cookie', 'x-api-key', 'x-custom', 'proxy-authorization']
    const headers = Object.fromEntries(names.map((name) => [name, plain]))
    const id = await deployment.send(() => new Response('no', { status: 418 }), '/kept', headers)
    await deployment.klaxon.flush()
    expect(JSON.stringify(await deployment.row(id))).not.toContain(plain)
    for (const text of Object.values(await deployment.everything()))
      expect(text).not.toContain(plain)
  })

  test(
    'nor in the fallback and in the log, when the database is full',
    async () => {
      deployment.database.proxy.fault = () => ({ status: 507, body: 'no' })
      for (const how of Object.values(PLACES))
        for (const canary of CANARIES) await send(how, canary)
      await deployment.klaxon.flush()
      deployment.database.proxy.fault = () => 'pass'
      const all = await deployment.everything()
      expect(Object.entries(all).map(([where, text]) => [where, found(text)])).toEqual(
        Object.keys(all).map((where) => [where, []]),
      )
      expect(deployment.handedOver.length).toBeGreaterThan(500)
      expect(deployment.log.records().length).toBeGreaterThan(500)
      for (const text of [all.fallback, all.log]) {
        expect(text).toContain('[Filtered]')
        expect(text).toContain('Could not sign in')
        expect(text).toContain('beside it')
      }
    },
    LONG,
  )
})

describe('texts that only look like a secret', () => {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await startDeployment({
      user: (request) => ({ name: decodeURIComponent(request.headers.get('x-user') ?? '') }),
    })
  })
  afterAll(() => deployment.stop())

  test(
    `${HARMLESS.length} texts reach the rows unchanged`,
    async () => {
      const ids: string[] = []
      for (const text of HARMLESS) {
        const error = Object.assign(new Error(`about ${text}`), {
          stack: `Error: about ${text}${FRAMES}`,
          cause: new Error(text),
        })
        const handler: Handler = (request, klaxon) => {
          klaxon.report(new Error('told'), { request, extra: { about: [text] } })
          throw error
        }
        const headers = { 'x-user': encodeURIComponent(text) }
        ids.push(await deployment.send(handler, `/x?q=${encodeURIComponent(text)}&y=1`, headers))
      }
      await deployment.klaxon.flush()
      const changed: unknown[] = []
      for (const [nth, id] of ids.entries()) {
        const text = HARMLESS[nth]!
        const { errorMessage, errorStack, causes, query, username } = await deployment.row(id)
        const row = { errorMessage, errorStack, cause: causes?.[0]?.message, query, username }
        const wanted = {
          errorMessage: `about ${text}`,
          errorStack: `Error: about ${text}${FRAMES}`,
          cause: text,
          // As a URL spells it.
          query: new URL(`http://x/?q=${encodeURIComponent(text)}&y=1`).search.slice(1),
          // A column of 512 bytes.
          username: text.length > 512 ? username : text,
        }
        if (JSON.stringify(row) !== JSON.stringify(wanted)) changed.push([row, wanted])
      }
      expect(changed).toEqual([])
      const rows = await deployment.database.sql(
        "select extra from klaxon_occurrences where error_message = 'told'",
      )
      expect(rows.map(({ extra }) => String(extra)).toSorted()).toEqual(
        HARMLESS.map((text) => JSON.stringify({ about: [text] })).toSorted(),
      )
    },
    LONG,
  )
})
