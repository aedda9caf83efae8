import { beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { createReader } from '../../src/read/reader.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { seeded, someOccurrences } from '../read/_seed.ts'
import { runCli } from '../support/cli.ts'
import { emptied } from '../support/store-wipe.ts'

const occurrences = someOccurrences(200)
const store: Store = libsql({ url: ':memory:' })

interface Answer {
  id: number | null
  result?: {
    content?: { text: string }[]
    isError?: boolean
    tools?: { name: string; inputSchema: object }[]
    protocolVersion?: string
  }
  error?: { code: number; message: string }
}

async function talk(lines: readonly (object | string)[], ...args: string[]): Promise<Answer[]> {
  const stdin = lines.map((line) =>
    typeof line === 'string' ? line : JSON.stringify({ jsonrpc: '2.0', ...line }),
  )
  const { code, stdout } = await runCli(['mcp', ...args], { store, stdin, env: { USER: 'ada' } })
  expect(code).toBe(0)
  return stdout
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Answer)
}

const HELLO = {
  protocolVersion: '2025-03-26',
  clientInfo: { name: 'agent', version: '1' },
  capabilities: {},
}

const call = (id: number, name: string, given: object = {}) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: given },
})

describe('klaxon mcp', () => {
  beforeEach(async () => {
    await migrate(store)
    await seeded(await emptied(store), occurrences)
  })

  it('introduces itself in the version that the client speaks, and answers no notification', async () => {
    const answers = await talk([
      { id: 1, method: 'initialize', params: HELLO },
      { method: 'notifications/initialized' },
      { id: 2, method: 'ping' },
      { id: 3, method: 'initialize', params: { ...HELLO, protocolVersion: '1999-01-01' } },
    ])
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(answers[0]!.result).toMatchObject({
      protocolVersion: '2025-03-26',
      capabilities: { tools: {} },
      serverInfo: { name: 'klaxon' },
    })
    expect(answers[2]!.result!.protocolVersion).toMatch(/^20/)
  })

  it('reads only, unless it is allowed to write', async () => {
    const names = async (...args: string[]) =>
      (await talk([{ id: 1, method: 'tools/list' }], ...args))[0]!.result!.tools!.map(
        ({ name }) => name,
      )
    expect(await names()).toEqual([
      'list_issues',
      'show_issue',
      'show_occurrence',
      'list_occurrences',
      'find_id',
      'list_releases',
      'list_alerts',
      'health',
    ])
    expect((await names('--allow-write')).slice(8)).toEqual([
      'resolve',
      'reopen',
      'ignore',
      'mute',
      'unmute',
      'comment',
    ])
    const [refused] = await talk([call(1, 'resolve', { issues: ['v1:a'] })])
    expect(refused!.error!.message).toContain('there is no tool resolve')
  })

  it('answers every tool that reads', async () => {
    const { id, fingerprint } = (await createReader(store).feed('kind:thrown')).rows[0]!
    const answers = await talk([
      call(1, 'list_issues', { query: 'kind:thrown', sort: 'count', limit: 3 }),
      call(2, 'show_issue', { issue: fingerprint.slice(0, 11) }),
      call(3, 'show_occurrence', { id }),
      call(4, 'list_occurrences', { issue: fingerprint, limit: 2 }),
      call(5, 'list_occurrences', { query: 'status:404' }),
      call(6, 'find_id', { id }),
      call(7, 'list_releases'),
      call(8, 'list_alerts'),
      call(9, 'health'),
    ])
    const texts = answers.map(({ result }) => result!.content![0]!.text)
    expect(answers.every(({ result }) => result!.isError !== true)).toBe(true)
    expect((JSON.parse(texts[0]!) as { issues: object[] }).issues.length).toBe(3)
    expect(JSON.parse(texts[1]!)).toMatchObject({ issue: { fingerprint } })
    expect(texts[2]).toContain(`- Error id: \`${id}\``)
    expect(JSON.parse(texts[5]!)).toMatchObject({ kind: 'occurrence', id })
  })

  it('changes issues in the name of the agent and its person', async () => {
    const { fingerprint } = (await createReader(store).list('')).issues[0]!
    const issues = [fingerprint]
    const answers = await talk(
      [
        { id: 0, method: 'initialize', params: HELLO },
        call(1, 'comment', { issues, comment: 'a null check is missing' }),
        call(2, 'mute', { issues, hours: 0.5 }),
        call(3, 'resolve', { issues, comment: 'fixed' }),
        call(4, 'resolve', { issues }),
      ],
      '--allow-write',
    )
    expect(JSON.parse(answers[4]!.result!.content![0]!.text)).toMatchObject({ changed: [] })
    const { issue, history } = (await createReader(store).issue(fingerprint))!
    expect(issue.state).toBe('resolved')
    expect(history.map(({ who }) => who)).toEqual(history.map(() => 'agent for ada'))
    expect(new Set(history.map(({ what }) => what))).toEqual(
      new Set(['resolved', 'muted', 'comment']),
    )
  })

  it('tells the agent what is wrong, and the client what it did wrong', async () => {
    const answers = await talk([
      call(1, 'list_issues', { query: 'colour:red' }),
      call(2, 'show_occurrence', { id: '019a0000-0000-7000-8000-0000000000ff' }),
      call(3, 'show_occurrence'),
      call(4, 'list_issues', { limit: 'many' }),
      call(5, 'list_issues', { sort: 'size' }),
      call(6, 'list_issues', { __proto__x: 1 }),
      call(7, 'nothing'),
      { id: 8, method: 'resources/list' },
      'this is no JSON',
      '[1]',
    ])
    expect(answers[0]!.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('known are is:') }],
    })
    expect(answers[1]!.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('klaxon replay') }],
    })
    expect(answers.slice(2).map(({ error }) => error!.code)).toEqual([
      -32602, -32602, -32602, -32602, -32602, -32601, -32600, -32600,
    ])
  })
})
