import type { Alert } from '../../model/alert.ts'
import { fit, clean, safeUrl } from '../text/escape.ts'
import { headline, origin } from '../text/lines.ts'
import { type Fact, facts, isLines, links } from '../text/facts.ts'
import { isSevere } from '../text/alert.ts'

export interface EmailContent {
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/** RFC 5322 section 2.1.1 allows 998 characters in a line; mail clients show about 70. */
const MAX_SUBJECT_LENGTH = 150

/**
 * Composes a mail. All mails about an issue have the same subject and `References`, so that clients
 * keep them in one thread (RFC 5322 section 3.6.4). No mail has the id in `References`; `domain` is
 * the sender's.
 */
export function emailContent(alert: Alert, domain: string): EmailContent {
  const line = headline(alert)
  const list = rows(alert)
  return {
    subject: clean(subject(alert), MAX_SUBJECT_LENGTH),
    text: [
      line,
      '',
      ...list.map(({ label, value }) => `${label}: ${value}`),
      '',
      origin(alert),
    ].join('\n'),
    html: html(line, list, alert),
    headers: {
      // RFC 3834 section 5: keeps holiday replies away.
      'Auto-Submitted': 'auto-generated',
      References: `<${threadId(alert)}@${domain}>`,
    },
  }
}

function subject(alert: Alert): string {
  return alert.kind === 'digest' ? '[klaxon] More issues' : `[klaxon] ${alert.issue.title}`
}

/** The id of an issue's thread, in characters of a dot-atom (RFC 5322 section 3.2.3). */
function threadId(alert: Alert): string {
  const key = alert.kind === 'digest' ? 'digest' : alert.issue.fingerprint
  return `klaxon.${key.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`
}

function rows(alert: Alert): Fact[] {
  if (alert.kind === 'issue') return facts(alert)
  const url = safeUrl(alert.url)
  return url === null ? [] : [{ label: 'Dashboard', value: url, max: 500, short: false }]
}

function html(line: string, list: readonly Fact[], alert: Alert): string {
  const color = isSevere(alert) ? '#c00000' : '#9a6700'
  const cells = list
    .filter(({ label }) => label !== 'Dashboard' && label !== 'Trace')
    .map(({ label, value }) => {
      const shown = escapeHtml(value)
      const cell = isLines(label)
        ? `<pre style="margin:0;white-space:pre-wrap">${shown}</pre>`
        : shown
      return `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">${label}</th><td>${cell}</td></tr>`
    })
  const anchors = links(alert).map(({ label, url }) => `<a href="${escapeHtml(url)}">${label}</a>`)
  return [
    '<!doctype html><meta charset="utf-8"><body style="font-family:sans-serif">',
    `<h3 style="color:${color}">${escapeHtml(line)}</h3>`,
    `<table style="border-collapse:collapse">${cells.join('')}</table>`,
    anchors.length === 0 ? '' : `<p>${anchors.join(' · ')}</p>`,
    `<p style="color:#666">${escapeHtml(origin(alert))}</p></body>`,
  ].join('')
}

const HTML_ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return fit(text, Number.POSITIVE_INFINITY, (char) => HTML_ENTITIES[char] ?? char)
}
