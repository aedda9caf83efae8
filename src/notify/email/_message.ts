import type { Alert } from '../core/types.ts'
import { clean, facts, fit, headline, isSevere, origin, safeUrl, type Fact } from './_text.ts'

export interface EmailContent {
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/** RFC 5322 section 2.1.1 allows 998 characters in a line; mail clients show about 70. */
const SUBJECT = 150

/**
 * One mail. Every mail about one issue has the same subject and the same `References`, so that clients keep them in one
 * thread (RFC 5322 section 3.6.4); the id in it is nobody's, and `domain` is the sender's.
 */
export function emailContent(alert: Alert, domain: string): EmailContent {
  const line = headline(alert)
  const list = rows(alert)
  const url = safeUrl(alert.url)
  return {
    subject: clean(subject(alert), SUBJECT),
    text: [
      line,
      '',
      ...list.map(({ label, value }) => `${label}: ${value}`),
      '',
      origin(alert),
    ].join('\n'),
    html: html(line, list, url, alert),
    headers: {
      // RFC 3834 section 5: no holiday reply comes back.
      'Auto-Submitted': 'auto-generated',
      References: `<${threadId(alert)}@${domain}>`,
    },
  }
}

function subject(alert: Alert): string {
  return alert.kind === 'digest' ? '[klaxon] More issues' : `[klaxon] ${alert.issue.title}`
}

/** RFC 5322 section 3.2.3: only characters of a dot-atom. */
function threadId(alert: Alert): string {
  const key = alert.kind === 'digest' ? 'digest' : alert.issue.fingerprint
  return `klaxon.${key.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`
}

function rows(alert: Alert): Fact[] {
  if (alert.kind === 'issue') return facts(alert)
  const url = safeUrl(alert.url)
  return url === null ? [] : [{ label: 'Dashboard', value: url, max: 500, short: false }]
}

function html(line: string, list: readonly Fact[], url: string | null, alert: Alert): string {
  const color = isSevere(alert) ? '#c00000' : '#9a6700'
  const cells = list
    .filter(({ label }) => label !== 'Dashboard')
    .map(({ label, value }) => {
      const shown = escapeHtml(value)
      const cell =
        label === 'Stack' ? `<pre style="margin:0;white-space:pre-wrap">${shown}</pre>` : shown
      return `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">${label}</th><td>${cell}</td></tr>`
    })
  const link = url === null ? '' : `<p><a href="${escapeHtml(url)}">Open in the dashboard</a></p>`
  return [
    '<!doctype html><meta charset="utf-8"><body style="font-family:sans-serif">',
    `<h3 style="color:${color}">${escapeHtml(line)}</h3>`,
    `<table style="border-collapse:collapse">${cells.join('')}</table>`,
    link,
    `<p style="color:#666">${escapeHtml(origin(alert))}</p></body>`,
  ].join('')
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return fit(text, Number.POSITIVE_INFINITY, (char) => ENTITIES[char] ?? char)
}
