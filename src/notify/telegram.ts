import type { Alert } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import { post, type ChannelOptions } from './http/post.ts'
import { badOption, isBlank, missingChannel } from './http/url.ts'
import { judgeStatus, rateLimited, replyObject, type Reply } from './http/refusal.ts'
import { type Fact, isLines, factsBesideLinks, links } from './text/facts.ts'
import { headline } from './text/lines.ts'

/** Options of `telegram()`. */
export interface TelegramOptions extends ChannelOptions {
  /** The bot's token, `123456:ABC…`, from @BotFather. */
  token: string | undefined
  /** The chat's number (a group's is negative), or `@name` of a public channel. */
  chatId: number | string | undefined
}

export interface TelegramMessage {
  chat_id: number | string
  text: string
  entities: TelegramEntity[]
  link_preview_options: { is_disabled: true }
}

/** Offset and length in UTF-16 units: https://core.telegram.org/bots/api#messageentity */
export interface TelegramEntity {
  type: 'bold' | 'code' | 'pre'
  offset: number
  length: number
}

/**
 * Makes a channel that sends alerts by a Telegram bot.
 *
 * @throws KlaxonError when `token` or `chatId` is malformed
 * @example
 * notify: telegram({ token: env.TELEGRAM_TOKEN, chatId: '@errors' })
 */
export function telegram(options: TelegramOptions): Channel {
  const { name = 'telegram', token, chatId, timeoutMs } = options
  if (isBlank(token)) return missingChannel(name, 'token')
  if (isBlank(chatId)) return missingChannel(name, 'chatId')
  if (typeof token !== 'string' || !/^\d+:[\w-]{20,}$/.test(token)) {
    throw badOption('telegram(): option `token` must be what @BotFather gave, 123456:ABC…')
  }
  if (
    !(
      Number.isSafeInteger(chatId) ||
      (typeof chatId === 'string' && /^(@\w+|-?\d+)$/.test(chatId))
    ) ||
    chatId === undefined
  ) {
    throw badOption('telegram(): option `chatId` must be the number of a chat, or @channel')
  }
  const url = `https://api.telegram.org/bot${token}/sendMessage`

  return {
    name,
    // The bot's id stays when its token changes.
    address: `${token.split(':')[0]} ${chatId}`,
    secrets: [token],
    send(alert: Alert, context: SendContext): Promise<SendResult> {
      return post(
        { url, body: JSON.stringify(telegramMessage(alert, chatId)), timeoutMs },
        context,
        judge,
      )
    },
  }
}

/**
 * The message. Telegram takes text and entities separately, so nothing is escaped. Values are
 * `code`, in which Telegram reads no mention, link or bot command. A text has at most 4,096
 * characters (https://core.telegram.org/bots/api#sendmessage), and the facts beside the links have
 * up to 5,000, so facts that do not fit are left out: the stack, then the breadcrumbs, then the
 * history and the places.
 */
export function telegramMessage(alert: Alert, chatId: number | string): TelegramMessage {
  const list = alert.kind === 'issue' ? factsBesideLinks(alert) : []
  const end = links(alert)
    .map(({ url }) => `\n${url}`)
    .join('')
  const rows = withoutLast(list, MAX_MESSAGE_LENGTH - headline(alert).length - end.length)
  let text = ''
  const entities: TelegramEntity[] = []
  const add = (type: TelegramEntity['type'], part: string) => {
    entities.push({ type, offset: text.length, length: part.length })
    text += part
  }
  add('code', headline(alert))
  for (const { label, value } of rows) {
    text += '\n'
    add('bold', label)
    text += ' '
    add('code', value)
  }
  const blocks = list.filter(({ label }) => isLines(label))
  for (const { label, value } of blocks.toReversed()) {
    const length = text.length + label.length + value.length + 2 + end.length
    if (length > MAX_MESSAGE_LENGTH) continue
    text += '\n'
    add('bold', label)
    text += '\n'
    add('pre', value)
  }
  text += end
  return { chat_id: chatId, text, entities, link_preview_options: { is_disabled: true } }
}

const MAX_MESSAGE_LENGTH = 4_096

/** The facts of one line, without the history and the places when they are over `max` together. */
function withoutLast(list: readonly Fact[], max: number): Fact[] {
  const length = (facts: Fact[]): number =>
    facts.reduce((sum, { label, value }) => sum + label.length + value.length + 2, 0)
  let rows = list.filter(({ label }) => !isLines(label))
  for (const last of ['History', 'Places'])
    if (length(rows) > max) rows = rows.filter(({ label }) => label !== last)
  return rows
}

/** Descriptions of a 400 that only a person can fix. */
const CLOSED_CHAT =
  /chat not found|not enough rights|need administrator rights|CHAT_WRITE_FORBIDDEN|TOPIC_CLOSED|PEER_ID_INVALID/

/** https://core.telegram.org/bots/api#responseparameters */
function judge(reply: Reply): SendResult {
  const body = replyObject(reply)
  const parameters = body?.['parameters']
  const details = typeof parameters === 'object' && parameters !== null ? parameters : {}
  if (reply.status === 429) {
    return rateLimited(reply, 'retry_after' in details ? details.retry_after : undefined)
  }
  if (reply.status !== 400) return judgeStatus(reply)
  if ('migrate_to_chat_id' in details) {
    const reason =
      'the group has become a supergroup: its number has changed, set "chatId" to the new one'
    return { ok: false, permanent: true, reason }
  }
  const known = CLOSED_CHAT.exec(String(body?.['description']))?.[0]
  return known === undefined ? judgeStatus(reply) : { ok: false, permanent: true, reason: known }
}
