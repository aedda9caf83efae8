import { KlaxonError } from '../core/errors.ts'
import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { post, type ChannelOptions } from './_post.ts'
import { facts, headline, safeUrl } from './_text.ts'
import { judgeStatus, rateLimited, replyObject, type Reply } from './_verdict.ts'

export interface TelegramOptions extends ChannelOptions {
  /** The bot's token, `123456:ABC…`, as @BotFather gives it. */
  token: string
  /** The chat's number (a group's is negative), or `@name` of a public channel. */
  chatId: number | string
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
 * Alerts by a Telegram bot.
 *
 * @throws KlaxonError when `token` or `chatId` is missing or malformed
 */
export function telegram(options: TelegramOptions): Notifier {
  const { name = 'telegram', token, chatId, timeoutMs } = options
  if (typeof token !== 'string' || !/^\d+:[\w-]{20,}$/.test(token)) {
    throw new KlaxonError(
      'telegram: option "token" is missing or malformed: pass what @BotFather gave, 123456:ABC…',
      { code: 'BAD_OPTION' },
    )
  }
  if (
    !(Number.isSafeInteger(chatId) || (typeof chatId === 'string' && /^(@\w+|-?\d+)$/.test(chatId)))
  ) {
    throw new KlaxonError(
      'telegram: option "chatId" is missing: pass the number of the chat or @channel',
      {
        code: 'BAD_OPTION',
      },
    )
  }
  const url = `https://api.telegram.org/bot${token}/sendMessage`

  return {
    name,
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
 * Text and marks apart, so that there is nothing to escape. Whatever an outsider wrote is `code`, in which Telegram finds
 * no mention, no link and no bot command. Facts sum up to less than 5,000 characters with a limit of 4,096 for the text
 * (https://core.telegram.org/bots/api#sendmessage), so the ones that do not fit are left out, the stack first.
 */
export function telegramMessage(alert: Alert, chatId: number | string): TelegramMessage {
  const url = safeUrl(alert.url)
  const list = alert.kind === 'issue' ? facts(alert) : []
  let text = ''
  const entities: TelegramEntity[] = []
  const add = (type: TelegramEntity['type'], part: string) => {
    entities.push({ type, offset: text.length, length: part.length })
    text += part
  }
  add('code', headline(alert))
  const stack = list.find(({ label }) => label === 'Stack')
  for (const { label, value } of list) {
    if (label === 'Stack' || label === 'Dashboard') continue
    text += '\n'
    add('bold', label)
    text += ' '
    add('code', value)
  }
  if (url !== null) text += `\n${url}`
  if (stack && text.length + stack.value.length + 1 <= MAX_TEXT) {
    text += '\n'
    add('pre', stack.value)
  }
  return { chat_id: chatId, text, entities, link_preview_options: { is_disabled: true } }
}

const MAX_TEXT = 4_096

/** https://core.telegram.org/bots/api#responseparameters */
function judge(reply: Reply): SendResult {
  const body = replyObject(reply)
  const parameters = body?.['parameters']
  const hints = typeof parameters === 'object' && parameters !== null ? parameters : {}
  if (reply.status === 429) {
    return rateLimited(reply, 'retry_after' in hints ? hints.retry_after : undefined)
  }
  if (reply.status !== 400) return judgeStatus(reply)
  if ('migrate_to_chat_id' in hints) {
    const reason = 'the group has become a supergroup: its number has changed, set "chatId" anew'
    return { ok: false, permanent: true, reason }
  }
  const gone = body?.['description'] === 'Bad Request: chat not found'
  return gone ? { ok: false, permanent: true, reason: 'chat not found' } : judgeStatus(reply)
}
