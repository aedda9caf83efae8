import { describe, expect, test, vi } from 'vitest'
import { hasOwnErrorHandler } from '../../src/targets/hono-default.ts'
import type { HonoApp } from '../../src/targets/hono-seam.ts'

const byDefault = (): Response => new Response('default', { status: 500 })
const own = (): Response => new Response('own', { status: 500 })

/** A copy of Hono with a base class of its own. */
function aCopy(construct: () => void = () => {}) {
  const made = vi.fn(construct)
  class Base {
    errorHandler = byDefault
    constructor() {
      made()
    }
    route(): void {}
    mount(): void {}
    basePath(): void {}
  }
  return { made, Base }
}

const isOwn = (app: object): boolean => hasOwnErrorHandler(app as HonoApp)

/** The app with this error handler, made without the constructor of its class. */
const appOf = (Class: { prototype: object }, errorHandler: unknown): object =>
  Object.assign(Object.create(Class.prototype) as object, { errorHandler })

describe("an app's error handler", () => {
  test('is its own when it is not the one of a new instance of the base class', () => {
    const { Base } = aCopy()
    expect(isOwn(appOf(Base, byDefault))).toBe(false)
    expect(isOwn(appOf(Base, own))).toBe(true)
  })

  test('is compared with the default that one instance of each base class has', () => {
    const { made, Base } = aCopy()
    for (const handler of [byDefault, own, byDefault]) isOwn(appOf(Base, handler))
    expect(made).toHaveBeenCalledOnce()
    const another = aCopy()
    expect(isOwn(appOf(another.Base, byDefault))).toBe(false)
    expect(another.made).toHaveBeenCalledOnce()
  })

  test('is compared with that of the base class, not of a subclass that has the same methods', () => {
    const { Base } = aCopy()
    const made = vi.fn()
    class Api extends Base {
      override errorHandler = own
      constructor() {
        super()
        made()
      }
      override basePath(): void {}
    }
    expect(isOwn(appOf(Api, byDefault))).toBe(false)
    expect(isOwn(appOf(Api, own))).toBe(true)
    expect(made).not.toHaveBeenCalled()
  })

  test('counts as its own when the base class cannot be constructed, which is tried once', () => {
    const { made, Base } = aCopy(() => {
      throw new Error('no instance')
    })
    for (let nth = 0; nth < 2; nth++) expect(isOwn(appOf(Base, byDefault))).toBe(true)
    expect(made).toHaveBeenCalledOnce()
  })

  test('counts as its own on an object that has no class of Hono', () => {
    expect(isOwn({ errorHandler: byDefault })).toBe(true)
    expect(isOwn(Object.assign(Object.create(null) as object, { errorHandler: own }))).toBe(true)
  })
})
