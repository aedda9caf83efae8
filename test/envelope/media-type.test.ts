import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  asksForItsBytes,
  isAsciiBased,
  isEncoded,
  isJson,
  isPlainText,
  isUtf8,
  renamed,
} from '../../src/envelope/rewrite/media-type.ts'

describe('the type', () => {
  test.each([
    'application/json',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'text/json',
    'Application/JSON ; v=1',
    '\t application/json\t',
  ])('%j is JSON', (type) => {
    expect(isJson(type)).toBe(true)
  })

  test.each([
    null,
    '',
    'xapplication/json',
    'x-text/json',
    'text/html; a=text/json',
    'application/json5',
    'application/problem+json',
    'application/json, text/html',
  ])('%j is not JSON', (type) => {
    expect(isJson(type)).toBe(false)
  })

  test.each(['text/plain', 'Text/Plain; charset=utf-8', '\t text/plain ;a=b'])(
    '%j is plain text',
    (type) => {
      expect(isPlainText(type)).toBe(true)
    },
  )

  test.each(['', 'text/html', 'xtext/plain', 'text/html; a=text/plain', 'text/plainer'])(
    '%j is not plain text',
    (type) => {
      expect(isPlainText(type)).toBe(false)
    },
  )

  test.each([
    ['application/json', 'application/json', 'application/json'],
    ['application/json; charset=UTF-8', 'application/json', 'application/json; charset=UTF-8'],
    ['text/json;v=1', 'application/json', 'application/json;v=1'],
    [
      'application/json;charset=utf-8',
      'application/problem+json',
      'application/problem+json;charset=utf-8',
    ],
    ['text/plain; charset=utf-8', 'application/json', 'application/json'],
    [null, 'application/json', 'application/json'],
  ])('%j under the name %s is %s', (type, name, expected) => {
    expect(renamed(type, name)).toBe(expected)
  })
})

describe('the charset', () => {
  test.each(['', 'utf-8', 'UTF8', 'us-ascii', 'ascii'])('%j is read as UTF-8', (charset) => {
    for (const type of [`text/plain;charset=${charset}`, `text/json; charset = "${charset}"`]) {
      expect(isUtf8(type)).toBe(true)
      expect(isAsciiBased(type)).toBe(true)
    }
  })

  test.each([
    'iso-8859-1',
    'ISO8859-15',
    'latin1',
    'latin-2',
    'windows-1252',
    'cp1251',
    'koi8-r',
    'KOI8-U',
    'euc-jp',
    'euc-kr',
  ])('%s keeps ASCII, and is not UTF-8', (charset) => {
    expect(isAsciiBased(`application/json; charset=${charset}`)).toBe(true)
    expect(isUtf8(`application/json; charset=${charset}`)).toBe(false)
  })

  test.each([
    'application/json;charset=shift_jis',
    'application/json; charset=utf-16',
    'application/json;  \tcharset="utf-16"',
    'application/json;v=1;charset =utf-16le',
    'application/json;charset= big5;v=1',
    'application/json;charset=xutf-8',
    'application/json;charset=utf-80',
  ])('of %j does not keep ASCII', (type) => {
    expect(isAsciiBased(type)).toBe(false)
    expect(isUtf8(type)).toBe(false)
  })

  test('is only the parameter of that name', () => {
    expect(isUtf8('application/json;x-charset=utf-16')).toBe(true)
    expect(isUtf8('application/json')).toBe(true)
  })
})

describe('the encoding', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  const encoded = (encoding: string): Headers => new Headers({ 'content-encoding': encoding })

  test('is none without the header, when it is empty, and for identity', () => {
    expect(isEncoded(new Headers())).toBe(false)
    for (const each of ['', 'identity', 'Identity']) expect(isEncoded(encoded(each))).toBe(false)
  })

  test.each(['gzip', 'br', 'GZIP', 'gzip, br', 'identity, gzip'])('%s is one', (each) => {
    expect(isEncoded(encoded(each))).toBe(true)
  })

  test('gzip is none in workerd, which decodes it', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    vi.resetModules()
    const workerd = await import('../../src/envelope/rewrite/media-type.ts')
    expect(workerd.isEncoded(encoded('gzip'))).toBe(false)
    expect(workerd.isEncoded(encoded('GZIP'))).toBe(false)
    expect(workerd.isEncoded(encoded('br'))).toBe(true)
  })
})

describe('a handler', () => {
  test.each([
    ['cache-control', 'no-transform'],
    ['cache-control', 'public,No-Transform'],
    ['cache-control', 'no-transform, max-age=1'],
    ['content-disposition', 'attachment'],
    ['content-disposition', 'Attachment; filename="a.json"'],
    ['content-disposition', 'attachment ;filename=a'],
  ])('asks for its bytes with %s: %s', (name, value) => {
    expect(asksForItsBytes(new Headers({ [name]: value }))).toBe(true)
  })

  test.each([
    ['x-own', 'no-transform'],
    ['cache-control', 'no-store'],
    ['cache-control', 'x-no-transform'],
    ['cache-control', 'no-transformation'],
    ['content-disposition', 'inline'],
    ['content-disposition', 'inline; filename=attachment'],
    ['content-disposition', 'xattachment; filename=a'],
    ['content-disposition', 'attachments'],
  ])('does not ask for its bytes with %s: %s', (name, value) => {
    expect(asksForItsBytes(new Headers({ [name]: value }))).toBe(false)
  })
})
