import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { applyMigrations } from '../scripts/_migrate.ts'
import { root } from '../scripts/_sqld.ts'
import { emptySqld } from './_sqld.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated libSQL server of this project alone, for tests that use rows of their own. */
    sqldUrl: string
  }
}

/** Builds dist/ (examples import the package by name) and lends each project a migrated sqld. */
export default async function setup(project: TestProject) {
  build()
  const server = await emptySqld()
  await applyMigrations(server.url)
  project.provide('sqldUrl', server.url)
  return () => server.stop()
}

function build() {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
  try {
    execFileSync(process.execPath, tsc, { cwd: root, stdio: 'pipe' })
  } catch (error) {
    // tsc emits in spite of type errors; `npm run typecheck` is the gate for those.
    const { stdout } = error as { stdout?: Buffer }
    process.stderr.write(`build: ${stdout?.toString() ?? String(error)}\n`)
  }
}
