import { beforeEach, expect, test, vi } from 'vitest'

let uuidv7: (now: number) => string

beforeEach(async () => {
  vi.restoreAllMocks()
  vi.resetModules()
  ;({ uuidv7 } = await import('../../src/util/uuid.ts'))
})

test('an id is a UUID of version 7 that begins with its time', () => {
  const now = Date.UTC(2026, 10, 21, 12, 30)
  const id = uuidv7(now)
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(now)
  expect(uuidv7(now + 1).slice(0, 13)).not.toBe(id.slice(0, 13))
})

test('no two ids are the same, over many draws', () => {
  const ids = Array.from({ length: 5_000 }, () => uuidv7(1))
  expect(new Set(ids).size).toBe(5_000)
})

test('random bytes are drawn for many ids at once', () => {
  const draw = vi.spyOn(crypto, 'getRandomValues')
  for (let i = 0; i < 512; i++) uuidv7(1)
  expect(draw).toHaveBeenCalledTimes(2)
})

test.each([1, 257])('a draw that fails at id %s leaves no id without random bytes', (nth) => {
  const before = new Set(Array.from({ length: nth - 1 }, () => uuidv7(1)))
  const draw = vi.spyOn(crypto, 'getRandomValues')
  // workerd behaves so while a module loads.
  draw.mockImplementationOnce(() => {
    throw new Error('not in global scope')
  })
  expect(() => uuidv7(1)).toThrow('not in global scope')
  const after = Array.from({ length: 300 }, () => uuidv7(1))
  expect(new Set(after).size).toBe(300)
  for (const id of after) expect(before.has(id)).toBe(false)
})
