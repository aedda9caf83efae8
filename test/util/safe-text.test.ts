import { expect, test } from 'vitest'
import { cut, cutBytes, visible, wellFormed } from '../../src/util/safe-text.ts'

test('wellFormed replaces lone surrogates and NUL', () => {
  expect(wellFormed('a\ud800b\udc00c\0d\u{1f600}')).toBe('a\ufffdb\ufffdc\ufffdd\u{1f600}')
  expect(wellFormed('plain')).toBe('plain')
})

test('cut never ends in half a character', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('\u{1f600}'.repeat(10), 12)).toBe(`${'\u{1f600}'.repeat(3)}…[cut]`)
  expect(cut('\u{1f600}'.repeat(10), 13)).toBe(`${'\u{1f600}'.repeat(3)}…[cut]`)
  expect(cut('abcdef', 3, '…')).toBe('ab…')
})

test('cutBytes keeps to bytes', () => {
  for (let max = 8; max < 60; max++) {
    for (const s of ['x'.repeat(99), '가'.repeat(99), '\u{1f600}'.repeat(99)]) {
      const out = cutBytes(s, max)
      expect(new TextEncoder().encode(out).length).toBeLessThanOrEqual(max)
      expect(out.endsWith('…[cut]')).toBe(true)
      expect(wellFormed(out)).toBe(out)
    }
  }
  expect(cutBytes('가나', 6)).toBe('가나')
})

test('visible shows what would act or hide, on one line', () => {
  expect(visible('a\r\nb\tc')).toBe('a\\r\\nb\\tc')
  expect(visible('\x1b[31m\0\x7f\x9b')).toBe('\\u001b[31m\\u0000\\u007f\\u009b')
  expect(visible('\u202egnp.exe\u2066\u200b\ufeff\u2028')).toBe(
    '\\u202egnp.exe\\u2066\\u200b\\ufeff\\u2028',
  )
  expect(visible('pay\u200dpal \u{e0041} \ud800')).toBe('pay\\u200dpal \\u{e0041} \\ud800')
  for (const kept of ['안녕', '👩‍💻 ❤️‍🔥 🏳️‍🌈 🧑‍⚕️', 'é "x" <b>']) expect(visible(kept)).toBe(kept)
})
