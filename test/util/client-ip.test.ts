import { describe, expect, test } from 'vitest'
import { canonicalIp, clientIp, type ClientIpOptions } from '../../src/util/client-ip.ts'

function request(headers: Record<string, string> = {}): Request {
  return new Request('http://x.test/', { headers })
}

describe('canonicalIp()', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    [' 203.0.113.9:4711 ', '203.0.113.9'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['[::ffff:1.2.3.4]:80', '1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s is %s', (input, output) => {
    expect(canonicalIp(input)).toBe(output)
  })

  test.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4:',
    '0x7f.1',
    '2130706433',
    '1.2.3.4, 5.6.7.8',
    '1::2::3',
    ':::',
    '12345::',
    '[::1',
    '::1]',
    '[::1]x',
    '::ffff:1.2.3.256',
    '::ffff:1.2.3.04',
    'g::1',
    '1.2.3.4\0',
    '1.2.3.4 x',
    '::1@evil',
    '::1]/x',
    `1${'0'.repeat(200)}`,
    '[1.2.3.4]',
    'localhost',
    '1.2.3.4%eth0',
    null,
    undefined,
    42,
    {},
    [],
  ])('%j is none', (input) => {
    expect(canonicalIp(input)).toBe(null)
  })
})

describe('clientIp()', () => {
  const headers = {
    'cf-connecting-ip': '198.51.100.1',
    'x-forwarded-for': '6.6.6.6, 203.0.113.1, 10.0.0.1',
    'x-real-ip': '6.6.6.6',
    'true-client-ip': '6.6.6.6',
    forwarded: 'for=6.6.6.6',
  }
  const on = (
    platform: ClientIpOptions['platform'],
    second?: unknown,
    trustProxy?: number,
  ): string | null =>
    clientIp(request(headers), second, {
      platform,
      ...(trustProxy === undefined ? {} : { trustProxy }),
    })
  const socket = { incoming: { socket: { remoteAddress: '::ffff:192.0.2.7' } } }

  test('is the header that Cloudflare writes on Workers, and nowhere else', () => {
    expect(on('workerd')).toBe('198.51.100.1')
    for (const platform of ['node', 'deno', 'bun', 'unknown'] as const)
      expect(on(platform)).toBe(null)
  })

  test('is the address of the socket', () => {
    expect(on('node', socket)).toBe('192.0.2.7')
    expect(on('deno', { remoteAddr: { hostname: '192.0.2.8' } })).toBe('192.0.2.8')
    expect(on('bun', { requestIP: () => ({ address: '::1' }) })).toBe('::1')
    expect(on('bun', { server: { requestIP: () => ({ address: '::2' }) } })).toBe('::2')
    expect(
      clientIp(Object.assign(request(), { ip: '192.0.2.9' }), undefined, { platform: 'node' }),
    ).toBe('192.0.2.9')
  })

  test('is the n-th hop from the right when that many proxies are trusted', () => {
    expect(on('node', socket, 1)).toBe('10.0.0.1')
    expect(on('node', socket, 2)).toBe('203.0.113.1')
    expect(on('node', socket, 0)).toBe('192.0.2.7')
  })

  test('falls back to the platform when the request came over fewer proxies', () => {
    expect(on('node', socket, 9)).toBe('192.0.2.7')
    expect(clientIp(request(), socket, { platform: 'node', trustProxy: 1 })).toBe('192.0.2.7')
  })

  test('is none when the hop is malformed', () => {
    expect(
      clientIp(request({ 'x-forwarded-for': 'x' }), socket, { platform: 'node', trustProxy: 1 }),
    ).toBe(null)
  })

  test('survives hosts that throw', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    expect(on('node', hostile)).toBe(null)
    expect(clientIp(hostile as Request, undefined, { platform: 'workerd', trustProxy: 1 })).toBe(
      null,
    )
    for (const odd of [null, 1, 'x', {}, { requestIP: () => null }, { server: null }])
      expect(on('bun', odd)).toBe(null)
  })
})
