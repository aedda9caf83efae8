import { type Description, plainDescription } from '../capture/describe-error.ts'

/** Bytes of a report at most. */
const MAX_REPORT_BYTES = 16_384
/** ms of reading a report at most. */
const READ_MS = 5_000
/** Characters of each text of a report. */
const MAX_REPORTED_TEXT_LENGTH = 4_096
const MAX_REPORTED_URL_LENGTH = 1_024

/** A page's report of its failure. Anyone may have written it. */
export interface BrowserReport {
  description: Description
  /** The page's address without query and fragment; null when it is not an HTTP address. */
  url: string | null
}

/**
 * Reads the report in a request's body: at most 16 KB, for at most 5 s. null when the body is not a
 * report.
 */
export async function readReport(request: Request): Promise<BrowserReport | null> {
  const text = await readBounded(request)
  return text === null ? null : toReport(text)
}

async function readBounded({ body }: Request): Promise<string | null> {
  if (body === null) return null
  const reader = body.getReader()
  const decoder = new TextDecoder()
  // `cancel` also ends the read below.
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), READ_MS)
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > MAX_REPORT_BYTES) return null
      text += decoder.decode(value, { stream: true })
    }
  } catch {
    // The client closed the connection.
    return null
  } finally {
    clearTimeout(timer)
    if (bytes > MAX_REPORT_BYTES) void reader.cancel().catch(() => {})
  }
}

function toReport(text: string): BrowserReport | null {
  const given = parse(text)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  const { name, message, stack, url } = given as Record<string, unknown>
  if (typeof message !== 'string') return null
  const cut = (value: unknown): string | null =>
    typeof value === 'string' && value !== '' ? value.slice(0, MAX_REPORTED_TEXT_LENGTH) : null
  return {
    description: plainDescription(cut(name) ?? 'Error', cut(message) ?? '', cut(stack)),
    url: pageOf(url),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Anyone may send anything here.
    return undefined
  }
}

function pageOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_REPORTED_URL_LENGTH || !URL.canParse(value))
    return null
  const { protocol, host, pathname } = new URL(value)
  return /^https?:$/.test(protocol) ? `${protocol}//${host}${pathname}` : null
}
