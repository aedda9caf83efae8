import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../../scripts/_sqld.ts'
import type { Host } from '../../suites/behaviour.ts'
import { npm } from '../../support/npm.ts'
import { processHost } from '../../support/process-host.ts'

/**
 * An example, its packages, and the commands that build and serve it. Each command is a program of
 * its node_modules with arguments.
 */
interface App {
  example: string
  packages: readonly string[]
  build: readonly (readonly string[])[]
  server: readonly string[]
}

/**
 * Makes a host of an app. Copies it out of the checkout, installs the packed klaxon and the
 * framework, checks it against the framework's types, builds and starts it.
 */
export async function appHost({ example, packages, build, server }: App): Promise<Host> {
  const temp = await mkdtemp(join(tmpdir(), 'klaxon-framework-'))
  const cwd = join(temp, 'app')
  await cp(join(root, example), cwd, { recursive: true })
  await npm(['pack', '--ignore-scripts', '--pack-destination', temp], root)
  const tarball = (await readdir(temp)).find((name) => name.endsWith('.tgz'))
  await writeFile(join(cwd, 'package.json'), '{ "private": true, "type": "module" }')
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts']
  await npm(['install', ...quietly, ...COMMON, ...packages, join(temp, tarball!)], cwd)
  for (const step of build) await promisify(execFile)(process.execPath, [...step], { cwd })
  const host = await processHost('node', process.execPath, [...server], cwd)
  return {
    ...host,
    async stop() {
      await host.stop?.()
      await rm(temp, { recursive: true, force: true })
    },
  }
}

/** typescript: the newest version with the API that the frameworks' checks use. */
const COMMON = ['@libsql/client@0.18', 'drizzle-orm@0.45', 'typescript@5.9', '@types/node@24']
