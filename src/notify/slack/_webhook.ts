import type { Alert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { postOrPlain, type ChannelOptions } from '../http/post.ts'
import { slackAttachmentMessage, slackBlockMessage, slackPlainMessage } from './_payload.ts'
import { channelUrl, isBlank, missingChannel, urlSecrets } from '../http/url.ts'
import { judgeStatus, type Reply, replyObject } from '../http/refusal.ts'

/** Options of `slack()` with an incoming webhook. */
export interface SlackWebhookOptions extends ChannelOptions {
  /**
   * URL of an incoming webhook, https, of Slack, Mattermost, Rocket.Chat, or Discord with `/slack`
   * at its end.
   */
  webhookUrl: string | undefined
  /**
   * Sends Block Kit instead of an attachment. Slack only.
   * @default false
   */
  blocks?: boolean
}

/** Makes a channel of an incoming webhook. */
export function slackWebhook(options: SlackWebhookOptions): Channel {
  const { name = 'slack', blocks = false, timeoutMs } = options
  if (isBlank(options.webhookUrl)) return missingChannel(name, 'webhookUrl')
  const url = channelUrl('slack', 'webhookUrl', options.webhookUrl)
  const encode = blocks ? slackBlockMessage : slackAttachmentMessage

  return {
    name,
    address: url,
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
 * Words of a webhook's reply, and whether the refusal is permanent:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
 */
const IS_PERMANENT_BY_WORD: Record<string, boolean> = {
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
  const known = Object.hasOwn(IS_PERMANENT_BY_WORD, word) ? word : undefined
  const result = judgeStatus(reply, known)
  const body = result.ok ? replyObject(reply) : undefined
  // Rocket.Chat and proxies in front of Slack answer so.
  if (body?.['success'] === false || body?.['ok'] === false)
    return { ok: false, reason: `answered ${reply.status} with a failure` }
  if (result.ok || known === undefined) return result
  return IS_PERMANENT_BY_WORD[known] === true ? { ...result, permanent: true } : result
}
