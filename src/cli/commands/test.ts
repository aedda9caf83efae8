import { parseArgs } from 'node:util'
import type { ChannelReport } from '../../alerts/test-alert.ts'
import { sign } from '../../dashboard/auth/crypto.ts'
import { personOf } from '../action-command.ts'
import { findVariable } from '../database/variables.ts'
import { findChannels, CHANNEL_VARIABLES } from '../channels.ts'
import {
  type Command,
  CommandError,
  type Context,
  DATABASE_OPTIONS,
  type DatabaseFlags,
  EXIT,
} from '../command.ts'

/** ms of the Worker's test alert at most. */
const WORKER_TEST_MS = 30_000

export const testCommand: Command = {
  name: 'test',
  summary: 'send a test alert through every channel',
  help: `klaxon test [--url https://…/klaxon]

Sends a test alert through every channel that the environment, .dev.vars or .env names, and says
what each made of it:
${CHANNEL_VARIABLES.join(', ')}.

  --url <dashboard>  let the service at this address send it instead, through its own channels;
                     KLAXON_SECRET holds the secret of its dashboard
  --env-file <file>  read variables from here instead of .dev.vars and .env
`,
  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: { ...DATABASE_OPTIONS, url: { type: 'string' } },
    })
    return values.url === undefined
      ? sendTestAlert(values, context)
      : sendFrom(values.url, values, context)
  },
}

/** Sends a test alert through the channels of the environment. @returns the exit code */
export async function sendTestAlert(flags: DatabaseFlags, context: Context): Promise<number> {
  const found = findChannels(flags, context)
  if (found.length === 0) {
    throw new CommandError(
      `no channel is configured: set one of ${CHANNEL_VARIABLES.join(', ')}`,
      EXIT.credentials,
    )
  }
  const { createKlaxon } = await import('../../klaxon.ts')
  const notify = await Promise.all(found.map(({ open }) => open()))
  const reports = await createKlaxon({ notify, log: false }).test()
  return say(reports, context)
}

function say(reports: readonly ChannelReport[], context: Context): number {
  for (const { channel, ok, reason } of reports)
    context.stdout(
      ok
        ? `${context.style('green', 'sent')} ${channel}\n`
        : `${context.style('red', 'failed')} ${channel}: ${reason ?? 'no reason'}\n`,
    )
  const failed = reports.filter(({ ok }) => !ok).length
  if (failed === 0) return EXIT.done
  return failed === reports.length ? EXIT.failed : EXIT.partlyDone
}

/** Sends the dashboard's form as a browser does, after logging in. */
async function sendFrom(address: string, flags: DatabaseFlags, context: Context): Promise<number> {
  if (!URL.canParse(address)) throw new CommandError(`${address} is no URL`, EXIT.usage)
  const secret = findVariable('KLAXON_SECRET', flags, context)?.value
  if (secret === undefined)
    throw new CommandError('KLAXON_SECRET must hold the secret of the dashboard', EXIT.credentials)
  const base = address.replace(/\/+$/, '')
  const post = poster(base, context.signal)
  const login = await post('login', { secret, name: personOf(context) })
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0]
  if (login.status !== 303 || cookie === undefined) throw refusal(`${base}/login`, login.status)
  // The second part of a session is its name, from which the token of its forms is made.
  const nonce = cookie.split('.')[1] ?? ''
  const response = await post('alerts/test', { token: await sign(secret, 'form', nonce) }, cookie)
  if (!response.ok) throw refusal(`${base}/alerts/test`, response.status)
  return say((await response.json()) as ChannelReport[], context)
}

function poster(base: string, signal: AbortSignal) {
  const { origin } = new URL(base)
  return (path: string, form: Record<string, string>, cookie = ''): Promise<Response> =>
    fetch(`${base}/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { accept: 'application/json', origin, cookie },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(WORKER_TEST_MS)]),
    })
}

function refusal(url: string, status: number): CommandError {
  switch (status) {
    case 401:
      return new CommandError(`${url} does not take KLAXON_SECRET`, EXIT.credentials)
    case 403:
      return new CommandError(
        `${url} refuses: the dashboard needs the option \`klaxon\`, and must not be read-only`,
        EXIT.credentials,
      )
    case 404:
      return new CommandError(
        `${url} was not found: the address must be that of a dashboard with \`auth: { secret }\``,
        EXIT.notFound,
      )
    default:
      return new CommandError(`${url} answered ${status}`)
  }
}
