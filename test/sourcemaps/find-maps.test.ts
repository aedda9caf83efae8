import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findMaps } from '../../src/sourcemaps/digest/find-maps.ts'

const MAP = JSON.stringify({ version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' })
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaxon-find-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

describe('the maps of a folder', () => {
  it('are named by a comment, inline, or hidden beside the script', () => {
    put('named.js', 'x\n//# sourceMappingURL=maps/named.map\n')
    put('maps/named.map', MAP)
    put('deep/inline.mjs', `x\n//# sourceMappingURL=data:application/json;base64,${btoa(MAP)}\n`)
    put('plain.cjs', `x\n//# sourceMappingURL=data:application/json,${encodeURIComponent(MAP)}`)
    put('hidden.js', 'x')
    put('hidden.js.map', MAP)
    put('older.js', 'x\n//@ sourceMappingURL=maps/named.map')
    put('block.js', 'x\n/*# sourceMappingURL=maps/named.map */\n')
    put('none.js', 'x')
    put('style.css', '/*# sourceMappingURL=style.css.map */')
    const found = findMaps(folder)
    expect(found.map(({ file, isHidden }) => `${file} ${isHidden}`)).toEqual([
      'block.js false',
      'deep/inline.mjs false',
      'hidden.js true',
      'named.js false',
      'older.js false',
      'plain.cjs false',
    ])
    for (const one of found) expect(one.read().sources).toHaveLength(1)
  })

  it('are not looked for in installed packages, nor behind links', () => {
    put('node_modules/a/index.js', 'x')
    put('node_modules/a/index.js.map', MAP)
    put('index.js', 'x')
    put('index.js.map', MAP)
    symlinkSync(folder, join(folder, 'circle'))
    expect(findMaps(folder).map(({ file }) => file)).toEqual(['index.js'])
  })

  it('are those of one script when it is given', () => {
    put('index.js', 'x')
    put('index.js.map', MAP)
    expect(findMaps(join(folder, 'index.js')).map(({ file }) => file)).toEqual(['index.js'])
  })

  it('are named by the last comment, and by the file beside where that leads nowhere', () => {
    put('a.js', '//# sourceMappingURL=wrong.map\nx\n//# sourceMappingURL=right.map')
    put('right.map', MAP)
    put('web.js', 'x\n//# sourceMappingURL=https://cdn.example.com/web.js.map')
    put('web.js.map', MAP)
    put('served.js', 'x\n//# sourceMappingURL=/maps/served.map?v=1')
    put('maps/served.map', MAP)
    expect(findMaps(folder).map(({ mapFile }) => mapFile.slice(folder.length + 1))).toEqual([
      'right.map',
      'maps/served.map',
      'web.js.map',
    ])
  })

  it('have the debug id of the script, else their own', () => {
    const id = '0f46f9f0-2d43-4c04-8bad-9c3b4e3a0a5e'
    put('a.js', `x\n//# debugId=${id.toUpperCase()}\n//# sourceMappingURL=a.js.map`)
    put('a.js.map', MAP)
    put('b.js', 'x')
    put('b.js.map', JSON.stringify({ ...JSON.parse(MAP), debug_id: id }))
    put('c.js', 'x')
    put('c.js.map', MAP)
    const plain = id.replaceAll('-', '')
    expect(findMaps(folder).map((one) => one.read().debugId)).toEqual([plain, plain, null])
  })

  it('that are broken are refused when they are read', () => {
    put('a.js', 'x\n//# sourceMappingURL=data:nonsense')
    put('b.js', 'x')
    put('b.js.map', '<html>')
    for (const one of findMaps(folder)) expect(() => one.read()).toThrow('is not JSON')
  })
})
