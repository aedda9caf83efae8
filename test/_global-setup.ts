import type { TestProject } from 'vitest/node'
import { build } from '../scripts/_build.ts'
import { applyMigrations } from '../scripts/_migrate.ts'
import { startSlackEnd } from './_slack-end.ts'
import { emptySqld } from './_sqld.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated libSQL server of this project alone, for tests that use rows of their own. */
    sqldUrl: string
    /** A server in Slack's place, see _slack-end.ts. */
    slackUrl: string
  }
}

/** Builds dist/ (examples import the package by name) and lends each project a migrated sqld. */
export default async function setup(project: TestProject) {
  const errors = build()
  if (errors) process.stderr.write(`The build has type errors; npm run typecheck shows them.\n`)
  const server = await emptySqld()
  await applyMigrations(server.url)
  project.provide('sqldUrl', server.url)
  const slack = await startSlackEnd()
  project.provide('slackUrl', slack.url)
  return () => Promise.all([server.stop(), slack.stop()])
}
