import type { TestProject } from 'vitest/node'
import { build } from '../scripts/_build.ts'
import { libsql } from '../src/store/libsql.ts'
import { migrate } from '../src/store/migrate.ts'
import { startSlackEnd } from './_slack-end.ts'
import { emptySqld } from './_sqld.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated libSQL server of this project alone, for tests that use rows of their own. */
    sqldUrl: string
    /** An HTTP server in Slack's place, see `_slack-end.ts`. */
    slackUrl: string
  }
}

/** Builds dist/ (examples import the package by name) and lends each project a migrated sqld and a Slack. */
export default async function setup(project: TestProject) {
  if (build()) process.stderr.write('The build has type errors: see npm run typecheck.\n')
  const [server, slack] = await Promise.all([emptySqld(), startSlackEnd()])
  await migrate(libsql({ url: server.url }))
  project.provide('sqldUrl', server.url)
  project.provide('slackUrl', slack.url)
  return () => Promise.all([server.stop(), slack.stop()])
}
