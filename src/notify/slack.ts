import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { judgeStatus, post, rateLimited, type ChannelOptions, type Reply } from './_post.ts'
import {
  slackAttachmentMessage,
  slackBlockMessage,
  slackPlainMessage,
  type SlackMessage,
} from './_slack-payload.ts'
import { channelUrl, urlSecrets } from './_url.ts'

export interface SlackOptions extends ChannelOptions {
  /** URL of an incoming webhook, https; also one of Mattermost, Rocket.Chat, or Discord's with `/slack` at its end. */
  webhookUrl: string
  /**
   * Sends Block Kit instead of an attachment; Slack only.
   * @default false
   */
  blocks?: boolean
}

/**
 * Alerts by a Slack incoming webhook.
 *
 * @throws KlaxonError when `webhookUrl` is no https URL
 */
export function slack(options: SlackOptions): Notifier {
  const { name = 'slack', blocks = false, timeoutMs } = options
  const url = channelUrl('slack', 'webhookUrl', options.webhookUrl)
  const encode = blocks ? slackBlockMessage : slackAttachmentMessage

  return {
    name,
    secrets: urlSecrets(url),
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const submit = (message: SlackMessage) => {
        let status = 0
        const judged = post({ url, body: JSON.stringify(message), timeoutMs }, context, (reply) => {
          status = reply.status
          return judgeSlack(reply)
        })
        return judged.then((result) => ({ result, status }))
      }
      const { result, status } = await submit(encode(alert))
      if (status !== 400 || result.ok || result.permanent) return result
      // Slack found the rich message invalid: something short is better than silence.
      return (await submit(slackPlainMessage(alert))).result
    },
  }
}

/**
 * Words a webhook answers with, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors.
 * True: it will refuse again until a person mends it.
 */
const WORDS: Record<string, boolean> = {
  invalid_payload: false,
  invalid_blocks: false,
  invalid_blocks_format: false,
  no_text: false,
  too_many_attachments: false,
  rollup_error: false,
  invalid_token: true,
  no_service: true,
  no_service_id: true,
  no_team: true,
  team_disabled: true,
  user_not_found: true,
  channel_not_found: true,
  channel_is_archived: true,
  action_prohibited: true,
  posting_to_general_channel_denied: true,
}

function judgeSlack(reply: Reply): SendResult {
  const word = reply.text.trim()
  const known = Object.hasOwn(WORDS, word) ? word : undefined
  if (reply.status === 429) return rateLimited(reply, undefined, known)
  const result = judgeStatus(reply, known)
  if (result.ok || known === undefined) return result
  return WORDS[known] === true ? { ...result, permanent: true } : result
}
