import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { serveStatic } from '@hono/node-server/serve-static'
import { etag } from 'hono/etag'
import { afterAll } from 'vitest'
import { identical, type Subject } from '../suites/identity.ts'
import { subjects } from '../suites/identity-subjects.ts'

const root = mkdtempSync(join(tmpdir(), 'klaxon-static-'))
afterAll(() => rmSync(root, { recursive: true }))

const json = '{"message":"from a file","n":1}'
writeFileSync(join(root, 'data.json'), json)
writeFileSync(join(root, 'data.json.gz'), gzipSync(json))
writeFileSync(join(root, 'page.html'), '<!doctype html><h1>A page</h1>')

const files: Subject = {
  name: 'serve-static',
  build(app, base) {
    const rewriteRequestPath = (path: string) => path.slice(base.length)
    app.use(etag())
    app.use('*', serveStatic({ root, rewriteRequestPath, precompressed: true }))
  },
  asks: [
    { path: '/data.json', status: 200 },
    { path: '/page.html', status: 200 },
    { path: '/data.json', init: { method: 'HEAD' }, status: 200 },
    { path: '/data.json', init: { headers: { range: 'bytes=0-4' } }, status: 206 },
    { path: '/data.json', init: { headers: { 'accept-encoding': 'gzip' } }, status: 200 },
    { path: '/none.json', status: 404 },
  ],
}

identical([...subjects, files])
