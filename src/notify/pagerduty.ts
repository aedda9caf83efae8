import type { Alert, IssueAlert } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import { type ChannelOptions, post } from './http/post.ts'
import { judgeStatus, type Reply } from './http/refusal.ts'
import { badOption, isBlank, missingChannel } from './http/url.ts'
import { alertId, isSevere } from './text/alert.ts'
import { safeUrl, clean } from './text/escape.ts'
import { factsBesideLinks, links } from './text/facts.ts'
import { headline } from './text/lines.ts'

/** Options of `pagerduty()`. */
export interface PagerDutyOptions extends ChannelOptions {
  /** The integration key of a service's Events API v2 integration, 32 characters. */
  routingKey: string | undefined
  /**
   * The region of the account.
   * @default 'us'
   */
  region?: 'us' | 'eu'
}

/**
 * https://developer.pagerduty.com/docs/send-alert-event: summary 1,024 characters, an event 512 KB.
 */
const MAX_SUMMARY_LENGTH = 1_024
const ENDPOINTS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const

/**
 * Makes a channel that opens a PagerDuty incident for each issue, by Events API v2. Resolving the
 * issue resolves the incident.
 *
 * @throws KlaxonError when `routingKey` is malformed
 * @example
 * notify: {
 *   to: pagerduty({ routingKey: env.PAGERDUTY_KEY }),
 *   when: (issue) => issue.status >= 500,
 * }
 */
export function pagerduty(options: PagerDutyOptions): Channel {
  const { name = 'pagerduty', routingKey, region = 'us', timeoutMs } = options
  if (isBlank(routingKey)) return missingChannel(name, 'routingKey')
  if (!/^[a-z0-9]{32}$/i.test(routingKey ?? ''))
    throw badOption(
      'pagerduty(): option `routingKey` must be an integration key: 32 letters and digits',
    )
  if (!Object.hasOwn(ENDPOINTS, region))
    throw badOption('pagerduty(): option `region` must be `us` or `eu`')
  const url = ENDPOINTS[region]
  const key = routingKey!

  const enqueue = (event: object, context: SendContext): Promise<SendResult> =>
    post({ url, body: JSON.stringify({ routing_key: key, ...event }), timeoutMs }, context, judge)

  return {
    name,
    // The routing key is the service's address, and a secret as well.
    address: `${url} ${key}`,
    secrets: [key],
    send: (alert, context) => enqueue(triggerEvent(alert), context),
    resolve: (alert, context) =>
      enqueue({ event_action: 'resolve', dedup_key: dedupKey(alert) }, context),
  }
}

/** The key of an incident. All isolates use the same one for an issue. */
function dedupKey(alert: Alert): string {
  return alert.kind === 'issue' ? `klaxon ${alert.issue.fingerprint}` : `klaxon ${alertId(alert)}`
}

export function triggerEvent(alert: Alert): object {
  const all = links(alert).map(({ label, url }) => ({ href: url, text: label }))
  const dashboard = safeUrl(alert.url)
  return {
    event_action: 'trigger',
    dedup_key: dedupKey(alert),
    client: 'klaxon',
    ...(dashboard === null ? {} : { client_url: dashboard }),
    ...(all.length === 0 ? {} : { links: all }),
    payload: {
      summary: clean(headline(alert), MAX_SUMMARY_LENGTH),
      severity: isSevere(alert) ? 'error' : 'warning',
      ...(alert.kind === 'issue' ? issuePayload(alert) : { source: 'klaxon' }),
    },
  }
}

function issuePayload(alert: IssueAlert): object {
  const { issue, occurrence } = alert
  const details = factsBesideLinks(alert).map(({ label, value }) => [label, value])
  return {
    source: occurrence?.host ?? issue.service ?? 'klaxon',
    timestamp: new Date(occurrence?.occurredAt ?? issue.lastSeen).toISOString(),
    component: issue.service ?? undefined,
    group: issue.environment ?? undefined,
    class: issue.kind,
    custom_details: Object.fromEntries(details) as Record<string, string>,
  }
}

/** Reads a 400: a malformed event, or a wrong key. */
function judge(reply: Reply): SendResult | undefined {
  if (reply.status !== 400) return undefined
  const isKey = /routing.?key|integration key/i.test(reply.text)
  const result = judgeStatus(reply, isKey ? 'routing_key' : undefined)
  return isKey && !result.ok ? { ...result, permanent: true } : result
}
