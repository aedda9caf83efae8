import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/cli/_main.ts'
import { CommandError } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { runCli } from '../support/cli.ts'

describe('klaxon', () => {
  test.for([[], ['help'], ['--help'], ['-h']])('%j lists every command', async (args) => {
    const { code, stdout } = await runCli(args)
    expect(code).toBe(0)
    for (const name of Object.keys(commands)) expect(stdout).toContain(`\n  ${name} `)
  })

  test('version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    for (const word of ['version', '--version', '-v'])
      expect(await runCli([word])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('explains an unknown command, and suggests one that begins alike', async () => {
    const { code, stdout, stderr } = await runCli(['migrat'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('there is no command "migrat". Did you mean `klaxon migrate`?')
    for (const word of ['constructor', '__proto__']) expect((await runCli([word])).code).toBe(2)
  })

  test('explains an unknown option, and names the help', async () => {
    const { code, stderr } = await runCli(['migrate', '--wat'], { store: memory() })
    expect(code).toBe(2)
    expect(stderr).toMatch(/--wat.*`klaxon migrate --help`/)
  })

  test('without a database says how to name one', async () => {
    const { code, stderr } = await runCli(['migrate'])
    expect(code).toBe(4)
    expect(stderr).toMatch(/--db.*LIBSQL_URL.*npx klaxon init/)
  })

  test('ends at once when it is interrupted', async () => {
    const interruption = new AbortController()
    async function* endless(): AsyncGenerator<string> {
      interruption.abort()
      await new Promise(() => {})
      yield ''
    }
    const world = { store: memory(), signal: interruption.signal }
    const { code } = await runCli(['replay'], { ...world, stdin: endless() })
    expect(code).toBe(130)
  })
})

describe.each(Object.keys(commands))('klaxon %s', (name) => {
  test('has a summary of one line, and a help that begins with how to call it', async () => {
    const command = await commands[name]!()
    expect(command.name).toBe(name)
    expect(command.summary).toMatch(/^[^\n]{10,70}$/)
    expect(command.help).toMatch(new RegExp(`^klaxon ${name}\\b.*\\n\\n`))
    expect(command.help.endsWith('\n')).toBe(true)
    for (const line of command.help.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
    expect(await runCli([name, '--help'])).toEqual({ code: 0, stdout: command.help, stderr: '' })
    expect((await runCli(['help', name])).stdout).toBe(command.help)
  })
})

describe('what a command throws', () => {
  test.for([
    ['its own error', new CommandError('gone', 3), 3, 'gone'],
    ['refused credentials', new StoreError('auth'), 4, 'authToken'],
    ['another refusal', new StoreError('refused'), 1, 'takes no writes'],
    ['anything', 'text', 1, 'text'],
    [
      'a missing package',
      Object.assign(new Error("Cannot find package '@libsql/client' imported from /x"), {
        code: 'ERR_MODULE_NOT_FOUND',
      }),
      1,
      'npm install @libsql/client',
    ],
  ] as const)('as %s becomes an exit code and one line', ([, thrown, code, words]) => {
    const { message, exitCode } = explain(thrown, 'migrate')
    expect(exitCode).toBe(code)
    expect(message).toContain(words)
  })
})
