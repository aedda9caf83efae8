import type { Alert } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import { postOrPlain, type ChannelOptions } from './http/post.ts'
import { channelUrl, isBlank, missingChannel, urlSecrets } from './http/url.ts'
import { judgeStatus, rateLimited, replyObject, type Reply } from './http/refusal.ts'
import { isSevere } from './text/alert.ts'
import { safeUrl, fit, linkTarget } from './text/escape.ts'
import { factsBesideLinks, links, isLines, type AlertLink } from './text/facts.ts'
import { headline, origin, plainText } from './text/lines.ts'

/** Options of `discord()`. */
export interface DiscordOptions extends ChannelOptions {
  /**
   * URL of a webhook, `https://discord.com/api/webhooks/…`, without `/slack` at its end.
   */
  webhookUrl: string | undefined
}

export interface DiscordMessage {
  content: string
  /** No text pings anyone. */
  allowed_mentions: { parse: [] }
  embeds?: DiscordEmbed[]
}

export interface DiscordEmbed {
  color: number
  title?: string
  url?: string
  description?: string
  fields: { name: string; value: string; inline: boolean }[]
  footer: { text: string }
}

/**
 * https://docs.discord.com/developers/resources/webhook#execute-webhook: content 2,000 characters.
 */
const MAX_CONTENT_LENGTH = 2_000
/**
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits: value 1,024,
 * footer 2,048, 25 fields, 6,000 in all. An embed has at most about 5,650: 5,000 of facts and their
 * names, 325 of a trace without brackets, which are escaped, 300 of the footer, 21 of the title.
 */
const MAX_VALUE_LENGTH = 1_024
const MAX_FOOTER_LENGTH = 300

/**
 * Makes a channel that sends alerts to a Discord webhook, as embeds.
 *
 * @throws KlaxonError when `webhookUrl` is not an https URL
 * @example
 * notify: discord({ webhookUrl: env.DISCORD_WEBHOOK_URL })
 */
export function discord(options: DiscordOptions): Channel {
  const { name = 'discord', timeoutMs } = options
  if (isBlank(options.webhookUrl)) return missingChannel(name, 'webhookUrl')
  const configured = channelUrl('discord', 'webhookUrl', options.webhookUrl)
  const target = new URL(configured)
  // Without it Discord answers 204 before it saves the message, and does not report a refusal.
  target.searchParams.set('wait', 'true')
  const url = target.href

  return {
    name,
    address: configured,
    secrets: urlSecrets(configured),
    send(alert: Alert, context: SendContext): Promise<SendResult> {
      const plain = () => JSON.stringify(discordPlainMessage(alert))
      const body = JSON.stringify(discordMessage(alert))
      return postOrPlain({ url, body, timeoutMs }, plain, context, judge)
    },
  }
}

export function discordMessage(alert: Alert): DiscordMessage {
  const url = safeUrl(alert.url)
  const list = alert.kind === 'issue' ? factsBesideLinks(alert) : []
  const fields = list.map(({ label, value, max, short }) => ({
    name: label,
    value: isLines(label) ? codeBlock(value) : fit(value, Math.min(max, MAX_VALUE_LENGTH), escape),
    inline: short,
  }))
  const trace = links(alert).find((link) => link.url !== url)
  if (trace) fields.push({ name: 'Trace', value: maskedLink(trace), inline: false })
  const embed: DiscordEmbed = {
    color: isSevere(alert) ? 0xff0000 : 0xffbf00,
    ...(url === null ? {} : { title: 'Open in the dashboard', url }),
    fields,
    footer: { text: fit(origin(alert), MAX_FOOTER_LENGTH) },
  }
  return { content: text(headline(alert)), allowed_mentions: { parse: [] }, embeds: [embed] }
}

export function discordPlainMessage(alert: Alert): DiscordMessage {
  return { content: text(plainText(alert)), allowed_mentions: { parse: [] } }
}

function text(value: string): string {
  return fit(value, MAX_CONTENT_LENGTH, escape)
}

/**
 * Escapes characters that start Markdown, mentions, timestamps, emoji or bare links. Discord does
 * not show a backslash before punctuation: https://support.discord.com/hc/en-us/articles/210298617.
 */
function escape(char: string): string {
  return /[\\`*_~|<>[\]()#:@+-]/.test(char) ? `\\${char}` : char
}

function maskedLink({ label, url }: AlertLink): string {
  return `[${label}](<${linkTarget(url)}>)`
}

/**
 * A code block. Discord reads no Markdown in it, but three backticks would end it. Frames have
 * about 1,000 characters together.
 */
function codeBlock(value: string): string {
  return `\`\`\`\n${value.replaceAll('```', "'''")}\n\`\`\``
}

/**
 * A forum's webhook needs a thread:
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes
 */
const FORUM_CODE = 220_001

/**
 * https://docs.discord.com/developers/topics/rate-limits: `retry_after` is in seconds, with
 * decimals.
 */
function judge(reply: Reply): SendResult {
  const body = replyObject(reply)
  if (reply.status === 429) return rateLimited(reply, body?.['retry_after'])
  if (reply.status === 400 && body?.['code'] === FORUM_CODE)
    return { ok: false, permanent: true, reason: 'the webhook is of a forum: take a text channel' }
  return judgeStatus(reply)
}
