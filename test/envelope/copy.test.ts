import { describe, expect, test, vi } from 'vitest'
import { bodiless, formatted } from '../../src/envelope/rewrite/bodiless.ts'
import { brokenOff, withItsBody } from '../../src/envelope/rewrite/copy.ts'
import { toEnvelope } from '../support/to-envelope.ts'

describe('the Content-Length of a body that is sent again', () => {
  const copied = (headers: Record<string, string>, length: number | null) =>
    withItsBody(new Response('abc', { headers }), 'abc', length).headers.get('content-length')

  test('is that of the bytes', () => {
    expect(copied({ 'content-length': '9' }, 3)).toBe('3')
  })

  test('stays when the bytes still stream', () => {
    expect(copied({ 'content-length': '9' }, null)).toBe('9')
  })

  test.each([3, null])('is gone when it counted encoded bytes, of %s', (length) => {
    expect(copied({ 'content-length': '9', 'content-encoding': 'gzip' }, length)).toBeNull()
  })

  test('is not added', () => {
    expect(copied({}, 3)).toBeNull()
  })
})

describe('a body that could not be read', () => {
  const error = new Error('gone')

  test('fails for the client as it did', async () => {
    const out = brokenOff(new Response('x', { status: 418 }), null, error)
    expect(out.status).toBe(418)
    await expect(out.text()).rejects.toBe(error)
  })

  test('may be cancelled by the client', async () => {
    const out = brokenOff(new Response('x'), null, error)
    await expect(out.body!.cancel()).resolves.toBeUndefined()
  })

  test('stays in its response when that has no copy', () => {
    const response = Response.error()
    expect(brokenOff(response, null, error)).toBe(response)
  })
})

describe('a response without a body', () => {
  test('has its empty stream cancelled', async () => {
    const cancel = vi.fn()
    const headers = { 'content-length': '0' }
    const response = new Response(new ReadableStream({ cancel }), { status: 404, headers })
    const out = await toEnvelope(response)
    expect(await out.json()).toEqual({ success: false, result: null, message: 'Not Found' })
    expect(cancel).toHaveBeenCalledOnce()
  })

  test('stays as it is when the format returns nothing', () => {
    const cancel = vi.fn()
    const response = new Response(new ReadableStream({ cancel }))
    expect(bodiless(response, () => undefined, null)).toBe(response)
    const content = { envelope: { success: true, result: 1, message: null }, body: 1 } as const
    expect(formatted(response, content, () => undefined, null)).toBeNull()
    expect(cancel).not.toHaveBeenCalled()
  })
})
