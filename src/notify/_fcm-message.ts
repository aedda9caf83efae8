import { byteLength } from '../core/safe-text.ts'
import type { Alert } from '../core/types.ts'
import { alertId, clean, countLine, errorLine, headline, safeUrl } from './_text.ts'

export type FcmTarget = { topic: string } | { token: string } | { condition: string }

export type FcmMessage = FcmTarget & {
  notification: { title: string; body: string }
  /** For the app; every value is a string, as FCM demands. */
  data: Record<string, string>
  android: { priority: 'high' }
}

/** Bytes of one text in JSON. */
const TITLE = 300
const BODY = 700
const URL_BYTES = 400
const SHORT = 100

/**
 * The message; its JSON has about 1,900 bytes at most. FCM takes payloads of 4,096 bytes, to topics and conditions 2,048:
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, INVALID_ARGUMENT.
 */
export function fcmMessage(alert: Alert, target: FcmTarget): FcmMessage {
  const url = safeUrl(alert.url)
  const data: Record<string, string> = {
    klaxon: alert.kind === 'digest' ? 'digest' : alert.reason,
    id: fitJson(alertId(alert), SHORT),
    stored: String(alert.stored),
  }
  if (alert.kind === 'digest') {
    data['issues'] = String(alert.issues)
    data['occurrences'] = String(alert.occurrences)
  } else {
    data['fingerprint'] = fitJson(alert.issue.fingerprint, SHORT)
    data['errorId'] = fitJson(alert.occurrence?.id ?? alert.issue.lastOccurrenceId ?? '', SHORT)
  }
  if (url !== null && byteLength(url) <= URL_BYTES) data['url'] = url
  const body =
    alert.kind === 'digest' ? '' : [errorLine(alert), countLine(alert)].filter(Boolean).join('\n')
  return {
    ...target,
    notification: { title: fitJson(headline(alert), TITLE), body: fitJson(lines(body), BODY) },
    data,
    android: { priority: 'high' },
  }
}

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => clean(line, BODY))
    .join('\n')
}

/** Cuts where the text, written in JSON as UTF-8, would pass `max` bytes. */
function fitJson(text: string, max: number): string {
  let out = ''
  let size = 0
  let roomForMark = ''
  for (const char of text) {
    size += byteLength(JSON.stringify(char)) - 2
    if (size > max) return `${roomForMark}…`
    out += char
    if (size <= max - 3) roomForMark = out
  }
  return out
}
