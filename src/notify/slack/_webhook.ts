import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { postOrPlain, type ChannelOptions } from './_post.ts'
import { slackAttachmentMessage, slackBlockMessage, slackPlainMessage } from './_slack-payload.ts'
import { channelUrl, urlSecrets } from './_url.ts'
import { judgeStatus, type Reply } from './_verdict.ts'

export interface SlackWebhookOptions extends ChannelOptions {
  /** URL of an incoming webhook, https; also one of Mattermost, Rocket.Chat, or Discord's with `/slack` at its end. */
  webhookUrl: string
  /**
   * Sends Block Kit instead of an attachment; Slack only.
   * @default false
   */
  blocks?: boolean
}

/** Alerts by an incoming webhook. */
export function slackWebhook(options: SlackWebhookOptions): Notifier {
  const { name = 'slack', blocks = false, timeoutMs } = options
  const url = channelUrl('slack', 'webhookUrl', options.webhookUrl)
  const encode = blocks ? slackBlockMessage : slackAttachmentMessage

  return {
    name,
    secrets: urlSecrets(url),
    send(alert: Alert, context: SendContext): Promise<SendResult> {
      const plain = () => JSON.stringify(slackPlainMessage(alert))
      return postOrPlain(
        { url, body: JSON.stringify(encode(alert)), timeoutMs },
        plain,
        context,
        judge,
      )
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

function judge(reply: Reply): SendResult {
  const word = reply.text.trim()
  const known = Object.hasOwn(WORDS, word) ? word : undefined
  const result = judgeStatus(reply, known)
  if (result.ok || known === undefined) return result
  return WORDS[known] === true ? { ...result, permanent: true } : result
}
