import type { Alert, IssueAlert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { budget, exchange, isReply, type ChannelOptions } from '../http/post.ts'
import {
  slackBlockMessage,
  slackButtonMessage,
  slackPlainMessage,
  slackResolvedMessage,
  type SlackMessage,
} from './_payload.ts'
import { createThreads, type SlackMessageRef } from './_threads.ts'
import { isBlank, missingChannel, requiredText } from '../http/url.ts'
import { judgeStatus, rateLimited, replyObject, type Failure, type Reply } from '../http/refusal.ts'

/** Options of `slack()` with an app. */
export interface SlackAppOptions extends ChannelOptions {
  /** A bot token, `xoxb-…`, with the scope `chat:write`. */
  token: string | undefined
  /** Id or name of the channel, of which the bot is a member. */
  channel: string | undefined
  /**
   * Adds the buttons Resolve and Mute 1 h. The app's interactivity URL must lead to `slackActions`.
   * @default false
   */
  buttons?: boolean
}

/** One attempt to send an alert, and the ms that remain for it. */
interface Attempt {
  context: SendContext
  left: () => number
}

type Posted = SlackMessageRef | (Failure & { code: string | undefined })

/** ms before the end of an alert's time at which an update must end. */
const UPDATE_MARGIN_MS = 200

/**
 * Makes a channel of a Slack app. The first alert of an issue is a message. A later alert updates
 * the message and replies in its thread, and in the channel too when the issue is back. A reply
 * says when the issue is resolved. A failed update is not a failure, because the reply is out.
 */
export function slackApp(options: SlackAppOptions): Channel {
  const { name = 'slack', buttons = false, timeoutMs } = options
  if (isBlank(options.token)) return missingChannel(name, 'token')
  if (isBlank(options.channel)) return missingChannel(name, 'channel')
  const threads = createThreads()
  const token = requiredText('slack', 'token', options.token, 'pass a bot token, xoxb-…')
  const channel = requiredText('slack', 'channel', options.channel, 'pass the id of a channel')
  const encode = buttons ? slackButtonMessage : slackBlockMessage

  const call = async (
    method: string,
    body: object,
    { context, left }: Attempt,
  ): Promise<Posted> => {
    const request = {
      url: `https://slack.com/api/${method}`,
      body: JSON.stringify(body),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json; charset=utf-8',
      },
      timeoutMs: left(),
    }
    const reply = await exchange(request, context)
    return isReply(reply) ? judge(reply) : { ...reply, code: undefined }
  }
  const say = async (message: SlackMessage, plain: SlackMessage, attempt: Attempt, to: object) => {
    const posted = await call('chat.postMessage', { ...message, ...to }, attempt)
    return 'code' in posted && INVALID_PAYLOAD.has(posted.code ?? '')
      ? call('chat.postMessage', { ...plain, ...to }, attempt)
      : posted
  }
  /** The reply is out. A failed or slow update must not send the alert again. */
  const update = async (alert: Alert, first: SlackMessageRef, attempt: Attempt) => {
    const left = attempt.left() - UPDATE_MARGIN_MS
    if (left > 0)
      await call('chat.update', { ...encode(alert), ...first }, { ...attempt, left: () => left })
  }

  /** The message is out. A failed or slow store must not send the alert again. */
  const remember = async (key: string, first: SlackMessageRef, { context, left }: Attempt) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, left() - UPDATE_MARGIN_MS))
    })
    await Promise.race([threads.set(key, first, context.threads), late])
    clearTimeout(timer)
  }

  return {
    name,
    // A bot token's prefix names its team, and stays when the token rotates.
    address: `${teamOf(token)} ${channel}`,
    secrets: [token],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const attempt = { context, left: budget(timeoutMs) }
      const plain = slackPlainMessage(alert)
      const key = alert.kind === 'issue' && alert.reason !== 'test' ? alert.issue.fingerprint : null
      const first =
        key === null || isFirst(alert) ? undefined : await threads.get(key, context.threads)
      if (first) {
        const back = alert.kind === 'issue' && alert.reason === 'regression'
        const to = { channel: first.channel, thread_ts: first.ts, reply_broadcast: back }
        const replied = await say(plain, plain, attempt, to)
        if (!('code' in replied)) {
          await update(alert, first, attempt)
          return { ok: true }
        }
        // The thread's channel is gone, archived or lost. Post a new message in the configured
        // channel.
        const isChannelLost = CHANNEL_LOST.has(replied.code ?? '')
        if (!MESSAGE_GONE.has(replied.code ?? '') && !isChannelLost) return result(replied)
      }
      const posted = await say(encode(alert), plain, attempt, { channel })
      if (key !== null && !('code' in posted)) await remember(key, posted, attempt)
      return result(posted)
    },
    async resolve(alert: IssueAlert, context: SendContext): Promise<SendResult> {
      const attempt = { context, left: budget(timeoutMs) }
      const first = await threads.get(alert.issue.fingerprint, context.threads)
      // No alert was sent here, so nothing must be answered.
      if (!first) return { ok: true }
      const message = slackResolvedMessage(alert)
      const to = { channel: first.channel, thread_ts: first.ts, reply_broadcast: false }
      const said = await say(message, message, attempt, to)
      const code = 'code' in said ? (said.code ?? '') : ''
      return MESSAGE_GONE.has(code) || CHANNEL_LOST.has(code) ? { ok: true } : result(said)
    },
  }
}

/** The team in a token, `xoxb-TEAM-BOT-…`: https://docs.slack.dev/authentication/tokens */
function teamOf(token: string): string {
  return /^xox[a-z](?:\.xox[a-z])?-(\w{6,20})-/.exec(token)?.[1] ?? ''
}

function isFirst(alert: Alert): boolean {
  return alert.kind === 'issue' && alert.reason === 'new'
}

function result(posted: Posted): SendResult {
  if (!('code' in posted)) return { ok: true }
  const { code: _, ...failure } = posted
  return failure
}

/** Errors that mean: the thread's first message is gone. */
const MESSAGE_GONE = new Set(['message_not_found', 'thread_not_found', 'cannot_reply_to_message'])
/**
 * Errors about a thread's channel. The configured channel may be another one by now.
 */
const CHANNEL_LOST = new Set([
  'channel_not_found',
  'is_archived',
  'no_permission',
  'not_in_channel',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_locked',
  'team_access_not_granted',
])
/** Errors about the payload. A short text may pass. */
const INVALID_PAYLOAD = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
])
/**
 * Errors that only a person can fix:
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
const PERMANENT = new Set([
  'access_denied',
  'account_inactive',
  'as_user_not_supported',
  'channel_not_found',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'invalid_auth',
  'is_archived',
  'messages_tab_disabled',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'not_in_channel',
  'org_login_required',
  'posting_to_general_channel_denied',
  'restricted_action',
  'restricted_action_non_threadable_channel',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'team_access_not_granted',
  'team_not_found',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
])
const SLACK_ERROR_CODES = new Set([
  ...MESSAGE_GONE,
  ...CHANNEL_LOST,
  ...INVALID_PAYLOAD,
  ...PERMANENT,
  'ratelimited',
  'internal_error',
  'fatal_error',
])

/**
 * Reads a reply. The Web API answers 200 to almost everything, and names the failure in `error`.
 */
function judge(reply: Reply): Posted {
  const body = replyObject(reply)
  const { ok, error, channel, ts } = body ?? {}
  const code = typeof error === 'string' && SLACK_ERROR_CODES.has(error) ? error : undefined
  if (reply.status === 429 || code === 'ratelimited') {
    return { ...rateLimited(reply, undefined, code), code }
  }
  const status = judgeStatus(reply, code)
  if (!status.ok) return { ...status, code }
  if (ok === true && typeof ts === 'string' && typeof channel === 'string') return { channel, ts }
  const reason = `refused (${code ?? (body ? 'unknown error' : 'no JSON in the answer')})`
  return code !== undefined && PERMANENT.has(code)
    ? { ok: false, permanent: true, reason, code }
    : { ok: false, reason, code }
}
