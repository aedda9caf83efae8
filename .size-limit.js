import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'

const workerd = (config) => ({
  ...config,
  platform: 'neutral',
  conditions: ['workerd', 'worker', 'browser', 'import'],
  mainFields: ['module', 'main'],
  external: ['node:*', 'cloudflare:*'],
})

/** KB that a Worker has, minified and compressed as below. */
function kilobytes(path) {
  const options = { entryPoints: [path], bundle: true, minify: true, write: false, format: 'esm' }
  const { outputFiles } = buildSync(workerd(options))
  return gzipSync(outputFiles[0].contents, { level: 9 }).length / 1000
}

/** What the dashboard may add to a Hono Worker; 25 KB are wanted. */
const DASHBOARD_KB = 50.6

export default [
  {
    name: 'core',
    path: 'dist/index.js',
    import: '*',
    gzip: true,
    limit: '60.1 KB',
    modifyEsbuildConfig: workerd,
  },
  {
    name: 'Worker with core, libsql and slack',
    path: 'test/package/_worker.ts',
    gzip: true,
    limit: '99.7 KB',
    modifyEsbuildConfig: workerd,
  },
  {
    name: 'Worker with core, d1 and slack',
    path: 'test/package/_worker-d1.ts',
    gzip: true,
    limit: '84.6 KB',
    modifyEsbuildConfig: workerd,
  },
  {
    name: `Hono Worker with d1 and the dashboard: as without it, and ${DASHBOARD_KB} KB`,
    path: 'test/package/_worker-dashboard.ts',
    gzip: true,
    limit: `${(kilobytes('test/package/_worker-hono.ts') + DASHBOARD_KB).toFixed(1)} KB`,
    modifyEsbuildConfig: workerd,
  },
]
