/**
 * The tools for a channel outside this package. A channel is an object with
 * `name`, `address`, `secrets` and `send(alert, context)`.
 *
 * @example
 * import { badOption, facts, headline, post, type Channel } from 'klaxon/channel'
 *
 * export function ntfy({ url }: { url: string }): Channel {
 *   return {
 *     name: 'ntfy',
 *     address: url,
 *     send: (alert, context) => post({ url, body: headline(alert) }, context),
 *   }
 * }
 */
export type { Alert, AlertReason, DigestAlert, EarlierEvent, IssueAlert } from '../model/alert.ts'
export type {
  Channel,
  Notifier,
  ChannelThreads,
  SendContext,
  SendResult,
} from '../model/channel.ts'
export type { Issue } from '../model/issue.ts'
export type { Breadcrumb, Cause, Occurrence } from '../model/occurrence.ts'
export {
  budget,
  exchange,
  isReply,
  post,
  postOrPlain,
  type ChannelOptions,
  type Judge,
  type PostRequest,
} from './http/post.ts'
export {
  judgeStatus,
  rateLimited,
  replyObject,
  retryAfterMs,
  type Failure,
  type Reply,
} from './http/refusal.ts'
export { badOption, channelUrl, isBlank, missingChannel, urlSecrets } from './http/url.ts'
export { alertId, isSevere } from './text/alert.ts'
export { clean, fit, inert, safeUrl } from './text/escape.ts'
export { facts, factsBesideLinks, isLines, links, type AlertLink, type Fact } from './text/facts.ts'
export { countLine, errorLine, headline, origin, plainText, resolvedLine } from './text/lines.ts'
