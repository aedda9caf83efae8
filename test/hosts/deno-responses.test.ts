import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { denoBinary } from '../support/binaries.ts'

/**
 * Deno shows some parts of a response behind symbols. What klaxon makes of these responses must be
 * what it makes of them in Node, which shows none.
 */
const PROGRAM = `
import { toEnvelope } from './src/envelope/rewrite/respond.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const inits = [
  undefined, {}, { status: 200 }, { status: 201 }, { status: 404 }, { status: 500 },
  { statusText: 'Hey' }, { headers: JSON_TYPE }, { status: 200, headers: JSON_TYPE },
  { status: 201, statusText: 'Hey', headers: JSON_TYPE }, { headers: [['Content-Type', 'application/json']] },
  { headers: new Headers(JSON_TYPE) }, { headers: { ...JSON_TYPE, 'x-a': '1' } }, { headers: { 'x-a': '1' } },
  { headers: { 'content-type': 'Application/JSON; charset=UTF-8' } }, { headers: { 'content-type': 'text/json' } },
  { headers: { 'content-type': 'text/plain' }, status: 404 }, 'with length',
]
const texts = ['{"a":1}', '{"message":"m"}', '{"a":"\\u00e9"}', '{"a"', '', '{"success":true,"result":1,"message":null}']
const touches = {
  none: () => {}, headers: (r) => r.headers.get('x'), set: (r) => r.headers.set('x-b', '2'),
  type: (r) => r.headers.set('content-type', 'text/html'), append: (r) => r.headers.append('content-type', 'x'),
  body: (r) => r.body, used: (r) => r.bodyUsed, clone: (r) => r.clone(), read: (r) => r.text(), lock: (r) => r.body?.getReader(),
}
const withLength = (text) => ({ ...JSON_TYPE, 'content-length': String(new TextEncoder().encode(text).length) })
class Sub extends Response {}
const makers = {
  new: (text, init) => new Response(text, init), json: (text, init) => Response.json(text, init),
  bytes: (text, init) => new Response(new TextEncoder().encode(text), init), sub: (text, init) => new Sub(text, init),
  copy: (text, init) => new Response(text, new Response('x', init)), stream: (text, init) => new Response(new Blob([text]).stream(), init),
}
const lines = []
for (const [maker, make] of Object.entries(makers))
  for (const [touched, touch] of Object.entries(touches))
    for (const [i, init] of inits.entries())
      for (const text of texts) {
        const name = [maker, touched, i, text].join(' ')
        const given = make(text, init === 'with length' ? { headers: withLength(maker === 'json' ? JSON.stringify(text) : text) } : init)
        touch(given)
        const response = await toEnvelope(given, { format: 'envelope', text: true })
        const { status, statusText, headers } = response
        const body = await response.text().catch(() => 'unreadable')
        lines.push(JSON.stringify([name, status, statusText, [...headers].toSorted(), body]))
      }
console.log(lines.join('\\n'))
`

test('what Deno shows of a response changes no envelope', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'klaxon-deno-'))
  try {
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: root },
      bundle: true,
      format: 'esm',
      write: false,
      outfile: 'program.mjs',
    })
    const path = join(folder, 'program.mjs')
    writeFileSync(path, outputFiles[0]!.contents)
    const run = (command: string, ...args: string[]): string[] =>
      execFileSync(command, [...args, path], { encoding: 'utf8', maxBuffer: 64_000_000 })
        // The case of a type's parameter is the host's.
        .toLowerCase()
        .split('\n')
    const node = run(process.execPath)
    expect(node.length).toBeGreaterThan(6_000)
    expect(run(denoBinary(), 'run', '-A')).toEqual(node)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
