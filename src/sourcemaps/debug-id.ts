/** The debug id as 32 lower-case hex digits, or null. Bun writes capitals without dashes. */
export function plainDebugId(value: unknown): string | null {
  const plain = typeof value === 'string' ? value.replaceAll('-', '').toLowerCase() : ''
  return /^[\da-f]{32}$/.test(plain) ? plain : null
}
