import type { Alert } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import { postOrPlain, type ChannelOptions } from './http/post.ts'
import { judgeStatus, rateLimited, type Reply } from './http/refusal.ts'
import { channelUrl, isBlank, missingChannel, urlSecrets } from './http/url.ts'
import { isSevere } from './text/alert.ts'
import { factsBesideLinks, links, type AlertLink, isLines } from './text/facts.ts'
import { headline, origin, plainText } from './text/lines.ts'

/** Options of `teams()`. */
export interface TeamsOptions extends ChannelOptions {
  /** URL of a flow that starts with "When a Teams webhook request is received" (Workflows app). */
  webhookUrl: string | undefined
}

export interface TeamsMessage {
  type: 'message'
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive'
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json'
        type: 'AdaptiveCard'
        version: '1.4'
        msteams: { width: 'Full' }
        body: TeamsRichText[]
        actions: { type: 'Action.OpenUrl'; title: string; url: string }[]
      }
    },
  ]
}

export interface TeamsRichText {
  type: 'RichTextBlock'
  inlines: TeamsRun[]
}

export interface TeamsRun {
  type: 'TextRun'
  text: string
  weight?: 'Bolder'
  size?: 'Medium'
  color?: 'Attention' | 'Warning'
  fontType?: 'Monospace'
  isSubtle?: true
}

/**
 * Makes a channel that sends alerts to a Teams Workflows webhook, as Adaptive Cards.
 *
 * @throws KlaxonError when `webhookUrl` is not an https URL
 * @example
 * notify: teams({ webhookUrl: env.TEAMS_WEBHOOK_URL })
 */
export function teams(options: TeamsOptions): Channel {
  const { name = 'teams', timeoutMs } = options
  if (isBlank(options.webhookUrl)) return missingChannel(name, 'webhookUrl')
  const url = channelUrl('teams', 'webhookUrl', options.webhookUrl)

  return {
    name,
    address: url,
    secrets: urlSecrets(url),
    send(alert: Alert, context: SendContext): Promise<SendResult> {
      const plain = () => JSON.stringify(card([block({ text: plainText(alert) })], []))
      const body = JSON.stringify(teamsMessage(alert))
      return postOrPlain({ url, body, timeoutMs }, plain, context, judge)
    },
  }
}

/**
 * The message, made of text runs. Teams reads no Markdown and no mention in them, so nothing is
 * escaped (https://adaptivecards.io/explorer/TextRun.html). Facts beside the links have less than
 * 5,000 characters, in UTF-8 at most 15 KB, so the card stays under its 28 KB:
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook.
 */
export function teamsMessage(alert: Alert): TeamsMessage {
  const color = isSevere(alert) ? 'Attention' : 'Warning'
  const list = alert.kind === 'issue' ? factsBesideLinks(alert) : []
  const body = [
    block({ text: headline(alert), weight: 'Bolder', size: 'Medium', color }),
    ...list.map(({ label, value }) => {
      const name: TeamsRun = { type: 'TextRun', text: `${label}: `, weight: 'Bolder' }
      const run: TeamsRun = { type: 'TextRun', text: value }
      if (isLines(label)) run.fontType = 'Monospace'
      return { type: 'RichTextBlock' as const, inlines: [name, run] }
    }),
    block({ text: origin(alert), isSubtle: true }),
  ]
  return card(body, links(alert))
}

function block(run: Omit<TeamsRun, 'type'>): TeamsRichText {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] }
}

function card(body: TeamsRichText[], to: readonly AlertLink[]): TeamsMessage {
  const actions = to.map(({ label, url }) => ({
    type: 'Action.OpenUrl' as const,
    title: label,
    url,
  }))
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body,
          actions,
        },
      },
    ],
  }
}

/** Power Automate's error code for a flow that is turned off. */
const DISABLED_FLOW = 'WorkflowTriggerIsNotEnabled'

/**
 * A flow that is turned off answers 400. A connector answers 200 with the failure in the text:
 * `Webhook message delivery failed with error: … HTTP error 429`.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors
 */
function judge(reply: Reply): SendResult | undefined {
  if (reply.status === 400 && reply.text.includes(DISABLED_FLOW))
    return { ok: false, permanent: true, reason: 'the flow of the webhook is turned off' }
  if (reply.status !== 200 || !/\b(?:failed|error)\b/i.test(reply.text.slice(0, 500)))
    return undefined
  const status = Number(/HTTP error (\d{3})/i.exec(reply.text)?.[1] ?? 500)
  return status === 429 ? rateLimited({ ...reply, status }) : judgeStatus({ ...reply, status })
}
