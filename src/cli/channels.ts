import type { Channel } from '../model/channel.ts'
import type { Context, DatabaseFlags } from './command.ts'
import { findVariable } from './database/variables.ts'

export interface NamedChannel {
  /** The variables that configure it. */
  variables: readonly string[]
  open: (values: readonly string[]) => Promise<Channel>
}

/** Channels that variables of the environment, `.dev.vars` or `.env` configure. */
const CHANNELS: readonly NamedChannel[] = [
  {
    variables: ['SLACK_WEBHOOK_URL'],
    open: async ([webhookUrl = '']) =>
      (await import('../notify/slack/slack.ts')).slack({ webhookUrl }),
  },
  {
    variables: ['DISCORD_WEBHOOK_URL'],
    open: async ([webhookUrl = '']) =>
      (await import('../notify/discord.ts')).discord({ webhookUrl }),
  },
  {
    variables: ['TEAMS_WEBHOOK_URL'],
    open: async ([webhookUrl = '']) => (await import('../notify/teams.ts')).teams({ webhookUrl }),
  },
  {
    variables: ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_ID'],
    open: async ([token = '', chatId = '']) =>
      (await import('../notify/telegram.ts')).telegram({ token, chatId }),
  },
]

export const CHANNEL_VARIABLES = CHANNELS.flatMap(({ variables }) => variables)

/** The channels whose variables are all set. */
export function findChannels(
  flags: DatabaseFlags,
  context: Context,
): { variables: readonly string[]; open: () => Promise<Channel> }[] {
  return CHANNELS.flatMap(({ variables, open }) => {
    const values = variables.map((name) => findVariable(name, flags, context)?.value)
    const all = values.filter((value): value is string => value !== undefined)
    return all.length === variables.length ? [{ variables, open: () => open(all) }] : []
  })
}
