#!/usr/bin/env node
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { isStoreError } from '../core/store-error.ts'
import type { Store } from '../core/types.ts'
import { replay } from './replay.ts'

const HELP = `klaxon replay [file …]

Puts records back that klaxon wrote to the log because nothing else took them: lines with {"klaxon":"record",…},
after a prefix such as a time, or as a message in lines of JSON. Reads the files, or standard input. Repeating it changes nothing
while the rows are there (30 days, 10,000 rows).

  LIBSQL_URL         the database, such as libsql://name-org.turso.io or file:klaxon.db
  LIBSQL_AUTH_TOKEN  its token, where it asks for one

  wrangler tail --format json | npx klaxon replay
`

/** A message for the person at the terminal, printed without a stack. */
class Halt extends Error {}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`klaxon: ${explain(error)}\n`)
  process.exitCode = 1
}

async function main([command, ...files]: string[]): Promise<void> {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(HELP)
    return
  }
  if (command !== 'replay')
    throw new Halt(`there is no command "${command}"; try klaxon replay --help`)
  if (files.includes('--help') || files.includes('-h')) {
    process.stdout.write(HELP)
    return
  }
  const store = await open()
  const { stored, refused, broken } = await replay(linesOf(files), store)
  process.stdout.write(`${stored} ${stored === 1 ? 'record is' : 'records are'} in the database\n`)
  if (refused.length > 0)
    process.stderr.write(`klaxon: the database refuses ${refused.join(', ')}\n`)
  if (broken > 0) process.stderr.write(`klaxon: ${broken} records were cut and could not be read\n`)
  if (refused.length + broken > 0) process.exitCode = 2
}

async function open(): Promise<Store> {
  const { LIBSQL_URL, LIBSQL_AUTH_TOKEN } = process.env
  if (!LIBSQL_URL)
    throw new Halt('set LIBSQL_URL to the database, such as LIBSQL_URL=libsql://name-org.turso.io')
  const { libsql } = await import('../store/libsql.ts')
  return libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN })
}

async function* linesOf(files: readonly string[]): AsyncIterable<string> {
  if (files.length === 0) yield* createInterface({ input: process.stdin, crlfDelay: Infinity })
  // Opened one by one: a stream that is open and not yet read would throw its error at no one.
  for (const file of files)
    yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity })
}

function explain(error: unknown): string {
  if (isStoreError(error)) return `${error.message}; what was written before stays written`
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND')
    return 'this needs drizzle-orm and @libsql/client: npm install drizzle-orm @libsql/client'
  return error instanceof Halt || error instanceof Error ? message : String(error)
}
