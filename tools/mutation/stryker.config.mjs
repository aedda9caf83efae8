/**
 * One group of files, see run.ts. Its tests are named in vitest.config.ts: with Stryker's own
 * `testFiles` what a module does once, at its import, is never run again, and every change to it
 * survives.
 */
const { MUTATE, NAME } = process.env

export default {
  plugins: [
    new URL('node_modules/@stryker-mutator/vitest-runner/dist/src/index.js', import.meta.url).href,
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'tools/mutation/vitest.config.ts', related: false },
  mutate: MUTATE?.split(','),
  coverageAnalysis: 'perTest',
  ignoreStatic: false,
  concurrency: Number(process.env.CONCURRENCY ?? 2),
  reporters: ['json', 'clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: `tools/mutation/reports/${NAME}.json` },
  ignorePatterns: [
    '/*',
    ...['!/src', '!/test', '!/tools', '!/scripts', '!/package.json'],
    'tools/mutation/reports',
  ],
  tempDirName: 'tools/mutation/.stryker-tmp',
  timeoutMS: 8000,
}
