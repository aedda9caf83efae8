import { beforeAll, describe, expect, it } from 'vitest'
import { memoryReader } from '../../src/sourcemaps/digest/memory-reader.ts'
import { symbolicate } from '../../src/sourcemaps/symbolicate.ts'
import { addFunction, buildShop, filesOf, type Shop } from './builds.ts'

const KINDS = {
  minified: {},
  'minified, with names kept': { keepNames: true },
  plain: { minify: false },
  'plain, with names kept': { minify: false, keepNames: true },
}
const shops: Record<string, { right: Shop; near: Shop }> = {}

beforeAll(async () => {
  for (const [kind, options] of Object.entries(KINDS))
    shops[kind] = { right: await buildShop(options), near: await buildShop(options, addFunction) }
})

const readerOf = (shop: Shop) =>
  memoryReader(filesOf(shop.folder).map(({ file, digest }) => ({ file, digest: () => digest })))

/** For each failure whose places the map gets wrong, or right, whether it is doubted. */
async function doubts(shop: Shop, map: Shop, context: number) {
  const found = { right: [] as boolean[], wrong: [] as boolean[] }
  for (const failure of Object.values(shop.failures)) {
    const truth = await symbolicate(failure, { maps: readerOf(shop), context: 0 })
    const { frames, doubtful } = await symbolicate(failure, { maps: readerOf(map), context })
    const isRight = frames.every(
      ({ file, line }, i) => file === truth.frames[i]!.file && line === truth.frames[i]!.line,
    )
    found[isRight ? 'right' : 'wrong'].push(doubtful)
  }
  return found
}

describe.each(Object.keys(KINDS))('of a build that is %s', (kind) => {
  it.each([0, 5])('its own map is never doubted, with %i lines of context', async (context) => {
    const { right } = shops[kind]!
    expect(await doubts(right, right, context)).toEqual({
      right: Array.from({ length: 8 }, () => false),
      wrong: [],
    })
  })

  it('a near build’s map is doubted for most stacks that it gets wrong', async () => {
    const { right, near } = shops[kind]!
    const { wrong } = await doubts(right, near, 5)
    expect(wrong.length).toBeGreaterThan(2)
    expect(wrong.filter(Boolean).length * 2).toBeGreaterThan(wrong.length)
  })

  it('another kind of build’s map is doubted, or maps no frame of the app', async () => {
    for (const [other, { right: map }] of Object.entries(shops)) {
      if (other === kind) continue
      for (const failure of Object.values(shops[kind]!.right.failures)) {
        const { frames, doubtful } = await symbolicate(failure, { maps: readerOf(map) })
        const own = frames.filter(({ state, inApp }) => inApp && state === 'mapped')
        if (!doubtful) expect(own.length).toBeLessThan(3)
      }
    }
  })
})

it('frames of a doubted stack say so', async () => {
  const { right, near } = shops['minified, with names kept']!
  const failure = right.failures['/sum']
  const { frames, doubtful } = await symbolicate(failure, { maps: readerOf(near) })
  expect(doubtful).toBe(true)
  expect(frames[0]!.state).toBe('doubtful')
})
