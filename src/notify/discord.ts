import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { postOrPlain, type ChannelOptions } from './_post.ts'
import { facts, fit, headline, isSevere, origin, plainText, safeUrl } from './_text.ts'
import { channelUrl, urlSecrets } from './_url.ts'
import { judgeStatus, rateLimited, replyObject, type Reply } from './_verdict.ts'

export interface DiscordOptions extends ChannelOptions {
  /** URL of a channel's webhook, `https://discord.com/api/webhooks/…`, without `/slack` at its end. */
  webhookUrl: string
}

export interface DiscordMessage {
  content: string
  /** Nobody is pinged, whatever the text says. */
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

/** https://docs.discord.com/developers/resources/webhook#execute-webhook: content 2,000 characters. */
const CONTENT = 2_000
/**
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits: value 1,024, footer 2,048, 25 fields,
 * 6,000 in all. Facts have their own smaller sizes, which sum up to less than 5,000.
 */
const VALUE = 1_024
const FOOTER = 300

/**
 * Alerts by a Discord webhook, as an embed.
 *
 * @throws KlaxonError when `webhookUrl` is no https URL
 */
export function discord(options: DiscordOptions): Notifier {
  const { name = 'discord', timeoutMs } = options
  const configured = channelUrl('discord', 'webhookUrl', options.webhookUrl)
  const target = new URL(configured)
  // Without it Discord answers 204 before the message is saved, and says nothing of a refusal.
  target.searchParams.set('wait', 'true')
  const url = target.href

  return {
    name,
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
  const list = alert.kind === 'issue' ? facts(alert) : []
  const fields = list
    .filter(({ label }) => label !== 'Dashboard')
    .map(({ label, value, max, short }) => ({
      name: label,
      value: label === 'Stack' ? codeBlock(value) : fit(value, Math.min(max, VALUE), escape),
      inline: short,
    }))
  const embed: DiscordEmbed = {
    color: isSevere(alert) ? 0xff0000 : 0xffbf00,
    ...(url === null ? {} : { title: 'Open in the dashboard', url }),
    fields,
    footer: { text: fit(origin(alert), FOOTER) },
  }
  return { content: text(headline(alert)), allowed_mentions: { parse: [] }, embeds: [embed] }
}

export function discordPlainMessage(alert: Alert): DiscordMessage {
  return { content: text(plainText(alert)), allowed_mentions: { parse: [] } }
}

function text(value: string): string {
  return fit(value, CONTENT, escape)
}

/**
 * Every character that Discord's Markdown, mentions, timestamps, emoji or bare links begin with; a backslash before
 * punctuation is never shown: https://support.discord.com/hc/en-us/articles/210298617.
 */
function escape(char: string): string {
  return /[\\`*_~|<>[\]()#:@+-]/.test(char) ? `\\${char}` : char
}

/** Nothing is read as Markdown inside, but three backticks would end it. Frames have about 1,000 characters in all. */
function codeBlock(value: string): string {
  return `\`\`\`\n${value.replaceAll('```', "'''")}\n\`\`\``
}

/** https://docs.discord.com/developers/topics/rate-limits: `retry_after` is in seconds, with decimals. */
function judge(reply: Reply): SendResult {
  return reply.status === 429
    ? rateLimited(reply, replyObject(reply)?.['retry_after'])
    : judgeStatus(reply)
}
