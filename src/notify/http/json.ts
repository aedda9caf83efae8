/**
 * DEL, C1, line and bidirectional controls. JSON leaves them as they are, and terminals and log
 * viewers act on them.
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** JSON in which these characters are escaped. */
export function safeJson(value: Record<string, unknown>): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
