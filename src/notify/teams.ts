import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { postOrPlain, type ChannelOptions } from './_post.ts'
import { facts, headline, isSevere, origin, plainText, safeUrl } from './_text.ts'
import { channelUrl, urlSecrets } from './_url.ts'

export interface TeamsOptions extends ChannelOptions {
  /** URL of a flow that begins with "When a Teams webhook request is received" (Workflows app). */
  webhookUrl: string
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
 * Alerts by a Teams Workflows webhook, as an Adaptive Card.
 *
 * @throws KlaxonError when `webhookUrl` is no https URL
 */
export function teams(options: TeamsOptions): Notifier {
  const { name = 'teams', timeoutMs } = options
  const url = channelUrl('teams', 'webhookUrl', options.webhookUrl)

  return {
    name,
    secrets: urlSecrets(url),
    send(alert: Alert, context: SendContext): Promise<SendResult> {
      const plain = () => JSON.stringify(card([block({ text: plainText(alert) })], null))
      const body = JSON.stringify(teamsMessage(alert))
      return postOrPlain({ url, body, timeoutMs }, plain, context)
    },
  }
}

/**
 * Text runs, which hold no Markdown and no mention, so that there is nothing to escape
 * (https://adaptivecards.io/explorer/TextRun.html). With facts under 5,000 characters the card stays under 28 KB,
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook.
 */
export function teamsMessage(alert: Alert): TeamsMessage {
  const color = isSevere(alert) ? 'Attention' : 'Warning'
  const list = alert.kind === 'issue' ? facts(alert) : []
  const body = [
    block({ text: headline(alert), weight: 'Bolder', size: 'Medium', color }),
    ...list
      .filter(({ label }) => label !== 'Dashboard')
      .map(({ label, value }) => {
        const name: TeamsRun = { type: 'TextRun', text: `${label}: `, weight: 'Bolder' }
        const run: TeamsRun = { type: 'TextRun', text: value }
        if (label === 'Stack') run.fontType = 'Monospace'
        return { type: 'RichTextBlock' as const, inlines: [name, run] }
      }),
    block({ text: origin(alert), isSubtle: true }),
  ]
  return card(body, safeUrl(alert.url))
}

function block(run: Omit<TeamsRun, 'type'>): TeamsRichText {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] }
}

function card(body: TeamsRichText[], url: string | null): TeamsMessage {
  const actions =
    url === null ? [] : [{ type: 'Action.OpenUrl' as const, title: 'Open in the dashboard', url }]
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
