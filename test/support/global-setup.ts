import type { TestProject } from 'vitest/node'
import { build } from '../../scripts/_build.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { startSlackEnd } from './slack-server.ts'
import { emptySqld } from './sqld.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated libSQL server for this project, for tests that use only their own rows. */
    sqldUrl: string
    /** An HTTP server in Slack's place, see `slack-server.ts`. */
    slackUrl: string
  }
}

/**
 * Builds dist/ (examples import the package by name) and starts a migrated sqld and a server in
 * Slack's place for each project.
 */
export default async function setup(project: TestProject) {
  if (build()) process.stderr.write('The build has type errors: see npm run typecheck.\n')
  const [server, slack] = await Promise.all([emptySqld(), startSlackEnd()])
  await migrate(libsql({ url: server.url }))
  project.provide('sqldUrl', server.url)
  project.provide('slackUrl', slack.url)
  return () => Promise.all([server.stop(), slack.stop()])
}
