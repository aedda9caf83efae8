const workerd = (config) => ({
  ...config,
  platform: 'neutral',
  conditions: ['workerd', 'worker', 'browser', 'import'],
  mainFields: ['module', 'main'],
  external: ['node:*', 'cloudflare:*'],
})

export default [
  {
    name: 'core',
    path: 'dist/index.js',
    import: '*',
    gzip: true,
    limit: '8 KB',
    modifyEsbuildConfig: workerd,
  },
  {
    name: 'Worker with core, libsql and slack',
    path: 'test/package/_worker.ts',
    gzip: true,
    limit: '46 KB',
    modifyEsbuildConfig: workerd,
  },
]
