import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { budget, exchange, isReply, type ChannelOptions } from './_post.ts'
import {
  slackBlockMessage,
  slackButtonMessage,
  slackPlainMessage,
  type SlackMessage,
} from './_slack-payload.ts'
import { createThreads, type SlackMessageRef } from './_slack-threads.ts'
import { requiredText } from './_url.ts'
import { judgeStatus, rateLimited, replyObject, type Failure, type Reply } from './_verdict.ts'

export interface SlackAppOptions extends ChannelOptions {
  /** A bot token, `xoxb-…`, with the scope `chat:write`. */
  token: string
  /** Id or name of the channel, of which the bot is a member. */
  channel: string
  /**
   * Adds the buttons Resolve and Mute 1 h; the app's interactivity URL must lead to `slackActions`.
   * @default false
   */
  buttons?: boolean
}

/** One alert on its way, and the ms that are left for it. */
interface Turn {
  context: SendContext
  left: () => number
}

type Posted = SlackMessageRef | (Failure & { code: string | undefined })

/** ms by which an update ends before the time of its alert does. */
const UPDATE_MARGIN_MS = 200

/**
 * Alerts by a Slack app. The first alert of an issue is a message; a later one updates it and replies in its thread,
 * in the channel too when the issue is back. The reply is what counts: a message that cannot be updated is no failure.
 */
export function slackApp(options: SlackAppOptions): Notifier {
  const { name = 'slack', buttons = false, timeoutMs } = options
  const threads = createThreads()
  const token = requiredText('slack', 'token', options.token, 'pass a bot token, xoxb-…')
  const channel = requiredText('slack', 'channel', options.channel, 'pass the id of a channel')
  const encode = buttons ? slackButtonMessage : slackBlockMessage

  const call = async (method: string, body: object, { context, left }: Turn): Promise<Posted> => {
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
  const say = async (message: SlackMessage, plain: SlackMessage, turn: Turn, to: object) => {
    const posted = await call('chat.postMessage', { ...message, ...to }, turn)
    return 'code' in posted && INVALID.has(posted.code ?? '')
      ? call('chat.postMessage', { ...plain, ...to }, turn)
      : posted
  }
  /** Said is said: what fails or takes long from here on must not have the alert sent again. */
  const update = async (alert: Alert, first: SlackMessageRef, turn: Turn) => {
    const left = turn.left() - UPDATE_MARGIN_MS
    if (left > 0)
      await call('chat.update', { ...encode(alert), ...first }, { ...turn, left: () => left })
  }

  /** Likewise. */
  const remember = async (key: string, first: SlackMessageRef, { context, left }: Turn) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, left() - UPDATE_MARGIN_MS))
    })
    await Promise.race([threads.set(key, first, context.memo), late])
    clearTimeout(timer)
  }

  return {
    name,
    secrets: [token],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const turn = { context, left: budget(timeoutMs) }
      const plain = slackPlainMessage(alert)
      const key = alert.kind === 'issue' && alert.reason !== 'test' ? alert.issue.fingerprint : null
      const first =
        key === null || isFirst(alert) ? undefined : await threads.get(key, context.memo)
      if (first) {
        const back = alert.kind === 'issue' && alert.reason === 'regression'
        const to = { channel: first.channel, thread_ts: first.ts, reply_broadcast: back }
        const replied = await say(plain, plain, turn, to)
        if (!('code' in replied)) {
          await update(alert, first, turn)
          return { ok: true }
        }
        if (!GONE.has(replied.code ?? '')) return result(replied)
      }
      const posted = await say(encode(alert), plain, turn, { channel })
      if (key !== null && !('code' in posted)) await remember(key, posted, turn)
      return result(posted)
    },
  }
}

function isFirst(alert: Alert): boolean {
  return alert.kind === 'issue' && alert.reason === 'new'
}

function result(posted: Posted): SendResult {
  if (!('code' in posted)) return { ok: true }
  const { code: _, ...failure } = posted
  return failure
}

/** The message that an issue's thread hangs on is no more. */
const GONE = new Set(['message_not_found', 'thread_not_found', 'cannot_reply_to_message'])
/** Something short may pass. */
const INVALID = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
])
/** A person has to mend it: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PERMANENT = new Set([
  'access_denied',
  'account_inactive',
  'as_user_not_supported',
  'channel_not_found',
  'ekm_access_denied',
  'invalid_auth',
  'is_archived',
  'messages_tab_disabled',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'not_in_channel',
  'org_login_required',
  'restricted_action',
  'restricted_action_read_only_channel',
  'team_access_not_granted',
  'team_not_found',
  'token_expired',
  'token_revoked',
])
const KNOWN = new Set([
  ...GONE,
  ...INVALID,
  ...PERMANENT,
  'ratelimited',
  'internal_error',
  'fatal_error',
])

/** The Web API answers 200 to almost everything; the word is in `error`. */
function judge(reply: Reply): Posted {
  const body = replyObject(reply)
  const { ok, error, channel, ts } = body ?? {}
  const code = typeof error === 'string' && KNOWN.has(error) ? error : undefined
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
