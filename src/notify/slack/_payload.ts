import type { Alert, IssueAlert } from '../../model/alert.ts'
import { isSevere } from '../text/alert.ts'
import { fit, inert, clean, safeUrl, linkTarget } from '../text/escape.ts'
import {
  facts,
  factsBesideLinks,
  links,
  type AlertLink,
  type Fact,
  isLines,
} from '../text/facts.ts'
import { headline, origin, plainText, errorLine, resolvedLine } from '../text/lines.ts'

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
  /** Keeps Slack from reading bare URLs, `#channel` and `@here`. */
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
  /** Slack must not fetch a preview of an address that an attacker wrote. */
  unfurl_links: false
  unfurl_media: false
}

/**
 * Sizes in escaped UTF-16 units. Slack takes far more in an attachment (it cuts text at 40,000, see
 * https://docs.slack.dev/changelog/2018-truncating-really-long-messages), Discord's `/slack`
 * address does not: field values 1,024, 25 fields, 6,000 in all
 * (https://docs.discord.com/developers/resources/message#embed-object-embed-limits).
 */
const MAX_HEADLINE_LENGTH = 500
const MAX_LABELLED_LINK_LENGTH = 1_000
const MAX_ORIGIN_LENGTH = 300

/**
 * https://docs.slack.dev/reference/block-kit/blocks: header 150, section text 3,000, 10 fields of
 * 2,000.
 */
const MAX_HEADER_LENGTH = 150
const MAX_SECTION_LENGTH = 3_000
/**
 * Less than Slack's limit, so that the whole message stays under 13,000 characters of JSON:
 * https://github.com/slackapi/bolt-js/issues/2509
 */
const MAX_ERROR_LENGTH = 2_000
const MAX_BLOCK_FIELD_LENGTH = 2_000
const MAX_FIELDS = 10
/** Characters of the facts' JSON. Headline, links, footer and buttons have 3,500 at most. */
const MAX_FACTS_JSON_LENGTH = 8_500
/** Facts with a separate section. */
const SECTION_LABELS = ['Error', 'Stack', 'Before']
/** Facts that share one section, each in its own line. */
const LINE_LABELS = ['Cause', 'Context', 'Changed', 'Places', 'History']

/**
 * The message with `attachments`, which Mattermost, Rocket.Chat and Discord's `/slack` accept too.
 */
export function slackAttachmentMessage(alert: Alert): SlackMessage {
  const text = slackText(headline(alert), MAX_HEADLINE_LENGTH)
  const fields =
    alert.kind === 'issue' ? facts(alert).map(attachmentField) : digestFields(alert.url)
  const color = isSevere(alert) ? '#ff0000' : '#ffbf00'
  const footer = slackText(origin(alert), MAX_ORIGIN_LENGTH)
  return { text, attachments: [{ color, fallback: text, fields, footer }], ...NO_PREVIEW }
}

/**
 * The message in Block Kit. It stays under 12,000 characters of JSON, because Slack refuses about
 * 13,000.
 */
export function slackBlockMessage(alert: Alert): SlackMessage {
  const line = headline(alert)
  const blocks: SlackBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: slackText(line, MAX_HEADER_LENGTH) } },
  ]
  if (alert.kind === 'issue') blocks.push(...issueBlocks(alert))
  const to = links(alert).map(slackLink)
  if (to.length > 0) blocks.push({ type: 'section', text: mrkdwn(to.join(' · ')) })
  blocks.push({ type: 'context', elements: [mrkdwn(slackText(origin(alert), MAX_ORIGIN_LENGTH))] })
  return { text: slackText(line, MAX_HEADLINE_LENGTH), blocks, ...NO_PREVIEW }
}

/**
 * Ids of the buttons, which `slackActions` reads. A button's value is the issue's fingerprint.
 */
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

/** The message when Slack calls the rich one invalid. */
export function slackPlainMessage(alert: Alert): SlackMessage {
  return { text: slackText(plainText(alert), MAX_SECTION_LENGTH), ...NO_PREVIEW }
}

/** The reply in an issue's thread when the issue is resolved. */
export function slackResolvedMessage(alert: IssueAlert): SlackMessage {
  return { text: slackText(resolvedLine(alert), MAX_HEADLINE_LENGTH), ...NO_PREVIEW }
}

const NO_PREVIEW = { unfurl_links: false, unfurl_media: false } as const

function issueBlocks(alert: IssueAlert): SlackBlock[] {
  const all = factsBesideLinks(alert)
  const fields = all
    .filter(({ label }) => !SECTION_LABELS.includes(label) && !LINE_LABELS.includes(label))
    .map(({ label, value }) =>
      mrkdwn(`*${label}*\n${slackText(value, MAX_BLOCK_FIELD_LENGTH - label.length - 3)}`),
    )
  const blocks: SlackBlock[] = []
  for (let at = 0; at < fields.length; at += MAX_FIELDS)
    blocks.push({ type: 'section', fields: fields.slice(at, at + MAX_FIELDS) })
  const error = errorLine(alert)
  if (error !== '') {
    blocks.push({
      type: 'section',
      text: mrkdwn(slackText(clean(error, MAX_ERROR_LENGTH), MAX_ERROR_LENGTH)),
    })
  }
  const more = all.filter(({ label }) => LINE_LABELS.includes(label))
  if (more.length > 0) {
    const text = more.map(({ label, value }) => `*${label}* ${slackText(value, 300)}`).join('\n')
    blocks.push({ type: 'section', text: mrkdwn(text) })
  }
  let left = MAX_FACTS_JSON_LENGTH - JSON.stringify(blocks).length
  for (const { value } of all.filter(({ label }) => isLines(label))) {
    const block: SlackBlock = { type: 'section', text: mrkdwn(codeBlock(value)) }
    left -= JSON.stringify(block).length
    if (left > 0) blocks.push(block)
  }
  return blocks
}

function attachmentField({ label, value, max, short }: Fact): SlackField {
  return { title: label, value: slackText(value, max), short }
}

function digestFields(url: string | null): SlackField[] {
  const href = safeUrl(url)
  return href === null
    ? []
    : [{ title: 'Dashboard', value: slackText(href, MAX_LABELLED_LINK_LENGTH), short: false }]
}

/** A code block. Three backticks inside would end it. */
function codeBlock(text: string): string {
  const inner = slackText(text.replaceAll('```', "'''"), MAX_SECTION_LENGTH - 8)
  return `\`\`\`\n${inner}\n\`\`\``
}

function slackLink({ label, url }: AlertLink): string {
  return `<${slackText(linkTarget(url), MAX_LABELLED_LINK_LENGTH)}|${label}>`
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true }
}

/**
 * Escapes the three characters that Slack requires:
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function slackText(text: string, max: number): string {
  return fit(inert(text), max, escape)
}

function escape(char: string): string {
  if (char === '&') return '&amp;'
  if (char === '<') return '&lt;'
  return char === '>' ? '&gt;' : char
}
