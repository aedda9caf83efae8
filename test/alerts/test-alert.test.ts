import { expect, test } from 'vitest'
import type { Alert } from '../../src/model/alert.ts'
import { createKlaxon } from '../../src/klaxon.ts'

test('klaxon.test() sends through every channel and tells what each made of it', async () => {
  const seen: Alert[] = []
  const good = {
    name: 'good',
    async send(alert: Alert) {
      seen.push(alert)
      return { ok: true as const }
    },
  }
  const bad = { name: 'bad', send: async () => ({ ok: false as const, reason: 'answered 404' }) }
  const broken = {
    name: 'broken',
    async send(): Promise<never> {
      throw new Error('https://hooks.example/secret')
    },
  }
  const instance = createKlaxon({
    notify: [{ to: good, when: () => false }, bad, broken],
    log: false,
  })
  expect(await instance.test()).toEqual([
    { channel: 'good', ok: true, reason: null },
    { channel: 'bad', ok: false, reason: 'answered 404' },
    { channel: 'broken', ok: false, reason: 'threw' },
  ])
  expect(seen).toMatchObject([{ kind: 'issue', reason: 'test' }])
})
