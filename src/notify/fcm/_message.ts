import { byteLength } from '../../util/safe-text.ts'
import type { Alert, IssueAlert } from '../../model/alert.ts'
import { alertId } from '../text/alert.ts'
import { safeUrl, clean } from '../text/escape.ts'
import { historyLine, placesLine } from '../text/history.ts'
import {
  headline,
  errorLine,
  causeLine,
  contextLine,
  changeLine,
  countLine,
} from '../text/lines.ts'

export type FcmTarget = { topic: string } | { token: string } | { condition: string }

export type FcmMessage = FcmTarget & {
  notification: { title: string; body: string }
  /** Values for the app. FCM requires strings. */
  data: Record<string, string>
  android: { priority: 'high' }
}

/** Bytes of each text in JSON. */
const MAX_TITLE_BYTES = 300
const MAX_BODY_BYTES = 700
const MAX_LINK_BYTES = 400
const MAX_VALUE_BYTES = 100

/**
 * Composes a message of about 1,900 bytes of JSON at most. FCM takes 4,096 bytes, and 2,048 for
 * topics and conditions: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode,
 * INVALID_ARGUMENT.
 */
export function fcmMessage(alert: Alert, target: FcmTarget): FcmMessage {
  const url = safeUrl(alert.url)
  const data: Record<string, string> = {
    klaxon: alert.kind === 'digest' ? 'digest' : alert.reason,
    id: fitJson(alertId(alert), MAX_VALUE_BYTES),
    stored: String(alert.stored),
  }
  if (alert.kind === 'digest') {
    data['issues'] = String(alert.issues)
    data['occurrences'] = String(alert.occurrences)
  } else {
    data['fingerprint'] = fitJson(alert.issue.fingerprint, MAX_VALUE_BYTES)
    data['errorId'] = fitJson(
      alert.occurrence?.id ?? alert.issue.lastOccurrenceId ?? '',
      MAX_VALUE_BYTES,
    )
  }
  if (url !== null && byteLength(url) <= MAX_LINK_BYTES) data['url'] = url
  const body = alert.kind === 'digest' ? '' : bodyOf(alert)
  return {
    ...target,
    notification: {
      title: fitJson(headline(alert), MAX_TITLE_BYTES),
      body: fitJson(lines(body), MAX_BODY_BYTES),
    },
    data,
    android: { priority: 'high' },
  }
}

/**
 * The text of the notification. Each part has its own limit, so that a long message never cuts the
 * count off. A short part leaves its room to the longer ones.
 */
function bodyOf(alert: IssueAlert): string {
  const parts = [
    errorLine(alert),
    causeLine(alert),
    changeLine(alert),
    contextLine(alert),
    placesLine(alert),
    historyLine(alert),
  ].filter(Boolean)
  const shortestFirst = [...parts.keys()].toSorted((a, b) => parts[a]!.length - parts[b]!.length)
  const fitted: string[] = []
  let room = MAX_BODY_BYTES - 2 * MAX_VALUE_BYTES
  for (const [nth, at] of shortestFirst.entries()) {
    const share = Math.trunc(room / (parts.length - nth))
    fitted[at] = fitJson(clean(parts[at]!, MAX_BODY_BYTES), share)
    room -= byteLength(JSON.stringify(fitted[at])) - 2
  }
  return [...fitted, countLine(alert)].join('\n')
}

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => clean(line, MAX_BODY_BYTES))
    .join('\n')
}

/** Cuts a text to `max` bytes of JSON in UTF-8. */
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
