import type { Alert } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import { type ChannelOptions, post, postOrPlain } from './http/post.ts'
import { channelUrl, isBlank, missingChannel, urlSecrets } from './http/url.ts'
import { fit, inert, clean } from './text/escape.ts'
import { factsBesideLinks, links } from './text/facts.ts'
import { headline, origin, plainText, resolvedLine } from './text/lines.ts'

/** Options of `googlechat()`. */
export interface GoogleChatOptions extends ChannelOptions {
  /** URL of a space's incoming webhook, `https://chat.googleapis.com/v1/spaces/…`. */
  webhookUrl: string | undefined
}

/**
 * https://developers.google.com/workspace/chat/create-messages: a message has at most 32,000 bytes.
 */
const MAX_PLAIN_TEXT_LENGTH = 3_000
const MAX_CARD_TITLE_LENGTH = 200

/**
 * Makes a channel that sends alerts to a Google Chat webhook, as cards, with one thread for each
 * issue.
 *
 * @throws KlaxonError when `webhookUrl` is not an https URL
 * @example
 * notify: googlechat({ webhookUrl: env.GOOGLE_CHAT_URL })
 */
export function googlechat(options: GoogleChatOptions): Channel {
  const { name = 'googlechat', timeoutMs } = options
  if (isBlank(options.webhookUrl)) return missingChannel(name, 'webhookUrl')
  const configured = channelUrl('googlechat', 'webhookUrl', options.webhookUrl)
  const target = new URL(configured)
  // Without it Google Chat ignores the thread key:
  // https://developers.google.com/workspace/chat/create-messages#create-message-thread
  target.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD')
  const url = target.href

  const say = (alert: Alert, context: SendContext): Promise<SendResult> => {
    const plain = () =>
      JSON.stringify({ text: escaped(plainText(alert), MAX_PLAIN_TEXT_LENGTH), ...threadOf(alert) })
    const body = JSON.stringify(googleChatMessage(alert))
    return postOrPlain({ url, body, timeoutMs }, plain, context)
  }

  return {
    name,
    // The address is the space, without the query's key and token, which may change.
    address: `${target.origin}${target.pathname}`,
    secrets: [...urlSecrets(configured), ...tokensOf(target)],
    send: say,
    resolve: (alert, context) => {
      const text = escaped(resolvedLine(alert), MAX_CARD_TITLE_LENGTH)
      return post({ url, body: JSON.stringify({ text, ...threadOf(alert) }), timeoutMs }, context)
    },
  }
}

function tokensOf(url: URL): string[] {
  return ['key', 'token'].flatMap((name) => url.searchParams.get(name) ?? [])
}

function threadOf(alert: Alert): object {
  return alert.kind === 'issue'
    ? { thread: { threadKey: `klaxon-${alert.issue.fingerprint}` } }
    : {}
}

/** https://developers.google.com/workspace/chat/api/reference/rest/v1/cards */
export function googleChatMessage(alert: Alert): object {
  const list = alert.kind === 'issue' ? factsBesideLinks(alert) : []
  const widgets: object[] = list.map(({ label, value, max }) => ({
    decoratedText: { topLabel: label, text: escaped(value, max), wrapText: true },
  }))
  const buttons = links(alert).map(({ label, url }) => ({
    text: label,
    onClick: { openLink: { url } },
  }))
  if (buttons.length > 0) widgets.push({ buttonList: { buttons } })
  const header = { title: clean(headline(alert), MAX_CARD_TITLE_LENGTH), subtitle: origin(alert) }
  const sections = widgets.length === 0 ? [] : [{ widgets }]
  return {
    text: escaped(headline(alert), MAX_CARD_TITLE_LENGTH),
    cardsV2: [{ cardId: 'klaxon', card: { header, sections } }],
    ...threadOf(alert),
  }
}

/** Escapes a text. Cards read some HTML; texts read `*`, `_`, `~`, backticks and `<users/all>`. */
function escaped(text: string, max: number): string {
  return fit(inert(text), max, (char) => ESCAPES[char] ?? char)
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
