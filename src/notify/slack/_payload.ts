import type { Alert, IssueAlert } from '../core/types.ts'
import {
  clean,
  errorLine,
  facts,
  fit,
  headline,
  inert,
  isSevere,
  origin,
  plainText,
  safeUrl,
  type Fact,
} from './_text.ts'

export interface SlackField {
  title: string
  value: string
  short: boolean
}

export interface SlackAttachment {
  color: string
  fallback: string
  fields: SlackField[]
  footer: string
}

export interface SlackText {
  type: 'plain_text' | 'mrkdwn'
  text: string
  /** Slack then leaves bare URLs, `#channel` and `@here` alone. */
  verbatim?: true
}

export interface SlackButton {
  type: 'button'
  text: SlackText
  action_id: string
  value: string
}

export type SlackBlock =
  | { type: 'header'; text: SlackText }
  | { type: 'section'; text: SlackText }
  | { type: 'section'; fields: SlackText[] }
  | { type: 'context'; elements: SlackText[] }
  | { type: 'actions'; elements: SlackButton[] }

export interface SlackMessage {
  text: string
  attachments?: SlackAttachment[]
  blocks?: SlackBlock[]
  /** No preview is fetched of an address that an attacker wrote. */
  unfurl_links: false
  unfurl_media: false
}

/**
 * Sizes in UTF-16 units, escaped. Slack takes far more in an attachment (text is cut at 40,000, see
 * https://docs.slack.dev/changelog/2018-truncating-really-long-messages), Discord's `/slack` address does not: field
 * values 1,024, 25 fields, 6,000 in all (https://docs.discord.com/developers/resources/message#embed-object-embed-limits).
 */
const TEXT = 500
const LINK = 1_000
const FOOTER = 300

/** https://docs.slack.dev/reference/block-kit/blocks: header 150, section text 3,000, 10 fields of 2,000. */
const HEADER = 150
const SECTION = 3_000
/** Less, lest the whole, which Slack measures as JSON, comes to 13,000: https://github.com/slackapi/bolt-js/issues/2509 */
const ERROR = 2_000
const BLOCK_FIELD = 2_000

/** The message with `attachments`, which Mattermost, Rocket.Chat and Discord's `/slack` read too. */
export function slackAttachmentMessage(alert: Alert): SlackMessage {
  const text = slackText(headline(alert), TEXT)
  const fields =
    alert.kind === 'issue' ? facts(alert).map(attachmentField) : digestFields(alert.url)
  const color = isSevere(alert) ? '#ff0000' : '#ffbf00'
  const footer = slackText(origin(alert), FOOTER)
  return { text, attachments: [{ color, fallback: text, fields, footer }], ...QUIET }
}

/** The message in Block Kit; under 12,000 characters of JSON, where Slack refuses near 13,000. */
export function slackBlockMessage(alert: Alert): SlackMessage {
  const line = headline(alert)
  const blocks: SlackBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: slackText(line, HEADER) } },
  ]
  if (alert.kind === 'issue') blocks.push(...issueBlocks(alert))
  const link = slackLink(alert.url, 'Open in the dashboard')
  if (link !== null) blocks.push({ type: 'section', text: mrkdwn(link) })
  blocks.push({ type: 'context', elements: [mrkdwn(slackText(origin(alert), FOOTER))] })
  return { text: slackText(line, TEXT), blocks, ...QUIET }
}

/** Names of the buttons, by which `slackActions` knows them; the value is the issue's fingerprint. */
export const RESOLVE = 'klaxon_resolve'
export const MUTE_1H = 'klaxon_mute_1h'

/** The message in Block Kit with the buttons Resolve and Mute 1 h, for an app that answers them. */
export function slackButtonMessage(alert: Alert): SlackMessage {
  const message = slackBlockMessage(alert)
  if (alert.kind === 'digest') return message
  const button = (label: string, action_id: string): SlackButton => ({
    type: 'button',
    text: { type: 'plain_text', text: label },
    action_id,
    value: alert.issue.fingerprint,
  })
  const elements = [button('Resolve', RESOLVE), button('Mute 1 h', MUTE_1H)]
  return { ...message, blocks: [...(message.blocks ?? []), { type: 'actions', elements }] }
}

/** What is left when Slack calls the rich message invalid. */
export function slackPlainMessage(alert: Alert): SlackMessage {
  return { text: slackText(plainText(alert), SECTION), ...QUIET }
}

const QUIET = { unfurl_links: false, unfurl_media: false } as const

function issueBlocks(alert: IssueAlert): SlackBlock[] {
  const all = facts(alert)
  const isLong = ({ label }: Fact) =>
    label === 'Error' || label === 'Stack' || label === 'Dashboard'
  const fields = all
    .filter((fact) => !isLong(fact))
    .map(({ label, value }) =>
      mrkdwn(`*${label}*\n${slackText(value, BLOCK_FIELD - label.length - 3)}`),
    )
  const blocks: SlackBlock[] = [{ type: 'section', fields }]
  const error = errorLine(alert)
  if (error !== '') {
    blocks.push({ type: 'section', text: mrkdwn(slackText(clean(error, ERROR), ERROR)) })
  }
  const stack = all.find(({ label }) => label === 'Stack')
  if (stack) blocks.push({ type: 'section', text: mrkdwn(codeBlock(stack.value)) })
  return blocks
}

function attachmentField({ label, value, max, short }: Fact): SlackField {
  return { title: label, value: slackText(value, max), short }
}

function digestFields(url: string | null): SlackField[] {
  const href = safeUrl(url)
  return href === null ? [] : [{ title: 'Dashboard', value: slackText(href, LINK), short: false }]
}

/** Three backticks inside would end the block early; the rest would still be inert, but ugly. */
function codeBlock(text: string): string {
  const inner = slackText(text.replaceAll('```', "'''"), SECTION - 8)
  return `\`\`\`\n${inner}\n\`\`\``
}

/** `<address|label>`: the two characters that end an address early are percent-encoded. */
function slackLink(url: string | null, label: string): string | null {
  const href = safeUrl(url)
  if (href === null) return null
  return `<${slackText(href.replaceAll('|', '%7C').replaceAll('>', '%3E'), LINK)}|${label}>`
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true }
}

/** Exactly these three: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackText(text: string, max: number): string {
  return fit(inert(text), max, escape)
}

function escape(char: string): string {
  if (char === '&') return '&amp;'
  if (char === '<') return '&lt;'
  return char === '>' ? '&gt;' : char
}
