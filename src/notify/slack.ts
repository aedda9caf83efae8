import type { Notifier } from '../core/types.ts'
import { slackApp, type SlackAppOptions } from './_slack-app.ts'
import { slackWebhook, type SlackWebhookOptions } from './_slack-webhook.ts'

export { slackActions, type SlackActionsOptions } from './_slack-actions.ts'
export type { SlackAppOptions } from './_slack-app.ts'
export type { SlackWebhookOptions } from './_slack-webhook.ts'

export type SlackOptions =
  | (SlackWebhookOptions & { token?: never })
  | (SlackAppOptions & { webhookUrl?: never })

/**
 * Alerts on Slack: by an incoming webhook with `webhookUrl`, or by an app with `token` and `channel`, which keeps the
 * alerts of one issue in one thread.
 *
 * @throws KlaxonError when `webhookUrl` is no https URL, or `token` or `channel` is missing
 */
export function slack(options: SlackOptions): Notifier {
  return options.token === undefined ? slackWebhook(options) : slackApp(options)
}
