import type { Channel } from '../../model/channel.ts'
import { slackApp, type SlackAppOptions } from './_app.ts'
import { slackWebhook, type SlackWebhookOptions } from './_webhook.ts'

export { slackActions, type SlackActionsOptions } from './_actions.ts'
export type { SlackAppOptions } from './_app.ts'
export type { SlackWebhookOptions } from './_webhook.ts'

/** Options of `slack()`. */
export type SlackOptions =
  | (SlackWebhookOptions & { token?: never })
  | (SlackAppOptions & { webhookUrl?: never })

/**
 * Makes a channel that sends alerts to Slack: by an incoming webhook with `webhookUrl`, or by an
 * app with `token` and `channel`. An app has one thread for each issue.
 *
 * @throws KlaxonError when `webhookUrl` is not an https URL
 * @example
 * notify: slack({ webhookUrl: env.SLACK_WEBHOOK_URL })
 */
export function slack(options: SlackOptions): Channel {
  return isApp(options) ? slackApp(options) : slackWebhook(options)
}

/**
 * Whether the options are an app's. `channel` decides too, so that a missing token is reported as
 * missing.
 */
function isApp(options: SlackOptions): options is SlackAppOptions {
  return options.webhookUrl === undefined && ('channel' in options || 'token' in options)
}
